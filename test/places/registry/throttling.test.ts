import assert from "node:assert/strict";
import test from "node:test";
import { parseReference } from "../../../src/model/reference.js";
import { bareSystem, image, layer } from "./images.js";
import { first, startFaultRegistry, startFront } from "../../support/fault-registry.js";
import { openSession, push, pushThrough } from "./setup.js";

test("D57 Retry-After in seconds is waited for, by everybody who asks that host", async (t) => {
  const waits: number[] = [];
  await pushThrough(
    t,
    first(({ method }) => method === "POST", { status: 429, headers: { "retry-after": "2" } }),
    waits,
  );
  assert.ok(waits.includes(2000));
});

test("D57 Retry-After as a date is waited for, garbage means the usual pause", async (t) => {
  const system = { ...bareSystem(), now: () => Date.parse("2026-01-01T00:00:00Z"), random: () => 0.5 };
  for (const [header, expected] of [
    ["Thu, 01 Jan 2026 00:00:03 GMT", 3000],
    ["soon", 250],
  ] as const) {
    const proxy = await startFaultRegistry(
      t,
      first(({ method }) => method === "POST", { status: 429, headers: { "retry-after": header } }),
    );
    const waits: number[] = [];
    await push(openSession(t, { waits, system }), image([layer("a")]), [`${proxy.host}/app:1`]);
    assert.ok(waits.includes(expected), `${waits.join()} for ${header}`);
  }
});

test("D57 a Retry-After of a day fails at once and says so", async (t) => {
  const waits: number[] = [];
  await assert.rejects(
    pushThrough(
      t,
      ({ method }) => (method === "POST" ? { status: 429, headers: { "retry-after": "86400" } } : undefined),
      waits,
    ),
    /asks to wait 86400 s/,
  );
  assert.deepEqual(waits, []);
});

test("D58 Docker Hub's pull limit is explained at once", async (t) => {
  const body = JSON.stringify({
    errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your unauthenticated pull rate limit." }],
  });
  const proxy = await startFront(t, undefined, () => ({ status: 429, body }));
  const source = openSession(t).source(parseReference(`${proxy.host}/app:1`));
  await assert.rejects(
    source.resolve(),
    /TOOMANYREQUESTS: You have reached .* the pull limit lasts for hours/,
  );
  assert.equal(proxy.seen.length, 1);
});
