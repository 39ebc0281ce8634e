import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { interpolate, platformVariables } from "../../../src/frontends/spec/interpolate.js";

const arm = platformVariables({ os: "linux", architecture: "arm", variant: "v7" });

test("each variable stands for its part of the platform", () => {
  const text = "${TARGETPLATFORM} ${TARGETOS} ${TARGETARCH} ${TARGETVARIANT}";
  assert.equal(interpolate(text, arm, "base"), "linux/arm/v7 linux arm v7");
});

test("a platform without a variant has an empty one", () => {
  const amd = platformVariables({ os: "linux", architecture: "amd64" });
  assert.equal(interpolate("${TARGETPLATFORM}-${TARGETVARIANT}", amd, "base"), "linux/amd64-");
});

test("two dollars are one, and one dollar without braces stays", () => {
  assert.equal(interpolate("$$ $HOME $5 a$ $${TARGETOS} $$$$", arm, "env.A"), "$ $HOME $5 a$ ${TARGETOS} $$");
});

test("what a variable stands for is not expanded again", () => {
  assert.equal(interpolate("${X}", { X: "${X}" }, "env.A"), "${X}");
});

test("another variable is an error that names the field and the nearest one", () => {
  assert.throws(() => interpolate("x${TARGETARHC}", arm, "env.A"), {
    code: "ERR_GANTRY_SPEC_INVALID",
    message:
      'env.A: unknown variable ${TARGETARHC} (did you mean "TARGETARCH"?); write $${TARGETARHC} for the text itself',
  });
  assert.throws(
    () => interpolate("${HOME}", arm, "base"),
    /only TARGETPLATFORM, TARGETOS, TARGETARCH, TARGETVARIANT are/,
  );
  assert.throws(() => interpolate("${constructor}", arm, "base"), /unknown variable/);
});

test("an open brace without a name is an error", () => {
  for (const text of ["${", "${}", "${TARGETOS", "${1}", "${TARGETOS:-x}"]) {
    assert.throws(() => interpolate(text, arm, "env.A"), /env\.A: expected "\$\{NAME\}"/, text);
  }
});

test("C52 the text around a wrong variable is never in the message, be it a secret or of several lines", () => {
  const secret = "hunter2\nline two";
  for (const text of [`${secret}\${NOPE}${secret}`, `\${${secret}`, `${secret}\${`]) {
    assert.throws(
      () => interpolate(text, arm, "env.TOKEN"),
      ({ message }: Error) =>
        !message.includes("hunter2") && !message.includes("\n") && message.startsWith("env.TOKEN: "),
    );
  }
});

test("any text with its dollars doubled comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "T", "A", " ", "\n") }), (text) => {
      assert.equal(interpolate(text.replaceAll("$", "$$$$"), arm, "env.A"), text);
    }),
  );
});
