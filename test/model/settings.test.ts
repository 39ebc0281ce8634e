import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHealthcheck, checkStopSignal, checkUser, parsePorts } from "../../src/model/settings.js";

const invalid = (message: RegExp) => ({ code: "ERR_GANTRY_SPEC_INVALID", message });

test("the whole range of ports is taken", () => {
  assert.deepEqual(parsePorts("1"), ["1/tcp"]);
  assert.deepEqual(parsePorts("65535/sctp"), ["65535/sctp"]);
  assert.equal(parsePorts("1-65535/udp").length, 65535);
});

for (const [text, reason] of [
  ["", /expected "8080"/],
  ["http", /expected "8080"/],
  ["80:8080", /a port is published by who runs the image/],
  ["127.0.0.1:80:80", /published/],
  ["0", /expected a number from 1 to 65535/],
  ["65536", /expected a number from 1 to 65535/],
  ["90-80", /expected the smaller number first, "80-90"/],
  ["80/tpc", /expected tcp, udp or sctp behind the slash \(did you mean "tcp"\?\)/],
  ["-80", /expected "8080"/],
  ["8080 ", /expected "8080"/],
] as const) {
  test(`the port ${JSON.stringify(text)} is refused with what was expected`, () => {
    assert.throws(() => parsePorts(text), invalid(reason));
  });
}

test("users are names and numbers with an optional group", () => {
  for (const user of ["root", "1000", "1000:1000", "app:staff", "0:0", "2147483647"])
    assert.equal(checkUser(user), user);
});

test("a user that would wrap round to root, or is none, is refused", () => {
  for (const user of ["4294967296", "2147483648", "1000:4294967296"]) {
    assert.throws(() => checkUser(user), invalid(/the largest id is 2147483647/));
  }
  for (const user of ["", ":", "a:", ":b", "a:b:c", "a b", "a\0"])
    assert.throws(() => checkUser(user), invalid(/invalid user/));
});

test("stop signals are Linux's, by number or by name with or without SIG", () => {
  for (const signal of ["SIGTERM", "TERM", "sigint", "9", "64", "SIGRTMIN+3", "RTMAX-1", "SIGRTMIN"]) {
    assert.equal(checkStopSignal(signal), signal);
  }
  assert.throws(() => checkStopSignal("SIGTREM"), invalid(/expected a name .* \(did you mean "SIGTERM"\?\)/));
  for (const signal of ["", "0", "65", "-1", "SIGRTMIN+16", "SIGRTMAX-15"]) {
    assert.throws(() => checkStopSignal(signal), invalid(/invalid stop signal/));
  }
});

test("healthchecks of docker's kinds are taken", () => {
  for (const Test of [["NONE"], ["CMD", "a"], ["CMD-SHELL", "a b"], []])
    assert.deepEqual(checkHealthcheck({ Test }), { Test });
  assert.deepEqual(checkHealthcheck({ Interval: 1e6, Timeout: 0, Retries: 3 }), {
    Interval: 1e6,
    Timeout: 0,
    Retries: 3,
  });
});

test("a healthcheck of another kind, shorter than a millisecond or with negative retries is refused naming the field", () => {
  assert.throws(
    () => checkHealthcheck({ Test: ["curl", "x"] }),
    invalid(/healthcheck test "curl x": expected NONE/),
  );
  assert.throws(() => checkHealthcheck({ Test: ["NONE", "x"] }), invalid(/healthcheck test/));
  assert.throws(() => checkHealthcheck({ Test: ["CMD"] }), invalid(/healthcheck test/));
  assert.throws(
    () => checkHealthcheck({ Interval: 5 }),
    invalid(/healthcheck interval 5 ns: expected 0 or at least 1 ms/),
  );
  assert.throws(() => checkHealthcheck({ StartPeriod: -1 }), invalid(/healthcheck startPeriod/));
  assert.throws(() => checkHealthcheck({ Retries: 1.5 }), invalid(/healthcheck retries 1.5/));
});
