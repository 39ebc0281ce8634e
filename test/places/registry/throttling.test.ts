import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { parseReference } from "../../../src/model/reference.js";
import type { RegistrySessionOptions } from "../../../src/places/registry/session.js";
import {
  first,
  startFaultRegistry,
  startFront,
  type Fault,
  type Seen,
} from "../../support/fault-registry.js";
import { createGate } from "../../support/gate.js";
import { bareSystem, image, layer } from "./images.js";
import { faultySize, openSession, push, pushThrough } from "./setup.js";

const limited = (after: string, status = 429): Fault => ({ status, headers: { "retry-after": after } });
const isBegin = ({ method }: Seen) => method === "POST";
const isLayer = ({ method, headers }: Seen) =>
  method === "PUT" && Number(headers["content-length"]) === faultySize;
const isPatch = ({ method }: Seen) => method === "PATCH";

/** Eleven questions to a registry that wants none for two seconds, by a clock that stands until `go`. */
async function askEleven(t: TestContext, options: Partial<RegistrySessionOptions> = {}) {
  const clock = { at: 0 };
  const root = image([layer("a")]);
  const front = await startFaultRegistry(t);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  front.strike(() => (clock.at < 2000 ? limited("2") : undefined));
  const before = front.seen.length;
  const waits: number[] = [];
  const waiting = new Map<number, ReturnType<typeof createGate>>();
  const gate = createGate();
  const session = openSession(t, {
    ...options,
    system: { ...bareSystem(), monotonic: () => clock.at },
    wait: (ms) => {
      waiting.get(waits.push(ms))?.open();
      return gate.opened;
    },
  });
  return {
    waits,
    sent: () => front.seen.length - before,
    ask: () => session.source(parseReference(`${front.host}/app:1`)).resolve(),
    /** Resolves when so many waits were asked for. */
    waited: (count: number) => {
      waiting.set(count, createGate());
      return waiting.get(count)!.opened;
    },
    go: () => {
      clock.at = 2000;
      gate.open();
    },
  };
}

test("D57 Retry-After is waited for by everybody who asks that host: one is refused, ten wait unasked", async (t) => {
  const { waits, sent, ask, waited, go } = await askEleven(t);
  const [one, eleven] = [waited(1), waited(11)];
  const asked = [ask()];
  await one;
  for (let others = 0; others < 10; others++) asked.push(ask());
  await eleven;
  assert.equal(sent(), 1);
  assert.deepEqual(
    waits,
    Array.from({ length: 11 }, () => 2000),
  );
  go();
  await Promise.all(asked);
  assert.equal(sent(), 1 + 11);
});

test("D57 those who stood in line when the host asked for rest wait as well", async (t) => {
  const { waits, sent, ask, waited, go } = await askEleven(t, { concurrency: 1 });
  const two = waited(2);
  const asked = Array.from({ length: 11 }, ask);
  await two;
  assert.equal(sent(), 1);
  assert.deepEqual(waits, [2000, 2000]);
  go();
  await Promise.all(asked);
  assert.equal(sent(), 1 + 11);
});

const system = {
  ...bareSystem(),
  now: () => Date.parse("2026-01-01T00:00:00Z"),
  monotonic: () => 0,
  random: () => 0.5,
};

for (const [form, after, expected] of [
  ["in seconds", "2", 2000],
  ["as a date", "Thu, 01 Jan 2026 00:00:03 GMT", 3000],
  ["as a date that has passed", "Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ["that means nothing", "soon", 250],
] as const) {
  test(`D57 a Retry-After ${form} makes ${expected} ms`, async (t) => {
    const front = await startFaultRegistry(t, first(isBegin, limited(after)));
    const waits: number[] = [];
    await push(openSession(t, { waits, system }), image([layer("a")]), [`${front.host}/app:1`]);
    assert.equal(waits[0], expected);
    assert.ok(
      waits.every((ms) => ms === expected),
      waits.join(),
    );
  });
}

for (const [what, matches] of [
  ["an upload", isLayer],
  ["a chunk", isPatch],
] as const) {
  const start = async (t: TestContext, fault: Fault, times?: number) => {
    const front = await startFaultRegistry(t, [{ when: matches, fault, ...(times && { times }) }]);
    const log: string[] = [];
    const wait = (ms: number) => Promise.resolve(void log.push(`${ms} ms after ${front.seen.length}`));
    const registries = what === "a chunk" ? { [front.host]: { chunk: 100_000 } } : {};
    const session = openSession(t, { registries, system, wait });
    const pushed = push(session, image([layer("a", faultySize)]), [`${front.host}/app:1`]);
    return { front, log, pushed };
  };

  test(`D57 ${what} is followed by no request to that host until Retry-After is over`, async (t) => {
    for (const status of [429, 503]) {
      const { front, log, pushed } = await start(t, limited("2", status), 1);
      await pushed;
      const refused = front.seen.findIndex(matches) + 1;
      const next = log.find((entry) => entry.startsWith("2000 ms"));
      const told = Number(next?.split("after ")[1]);
      assert.ok(told >= refused, log.join());
      const session = front.seen[refused - 1]!.path.split("?")[0]!;
      assert.ok(front.seen.slice(refused, told).every(({ path }) => !path.startsWith(session)));
      assert.ok(front.seen.length > told);
    }
  });

  test(`D57 ${what} answered with a Retry-After of a day fails at once and says so`, async (t) => {
    const { front, log, pushed } = await start(t, limited("86400"));
    await assert.rejects(
      pushed,
      /uploading blob .* answered 429 and asks to wait 86400 s .* try again later/,
    );
    assert.equal(front.seen.filter(matches).length, 1);
    assert.deepEqual(log, []);
  });
}

test("D57 a Retry-After of a day, in seconds or as a date, fails at once and says so", async (t) => {
  const tomorrow = new Date(Date.now() + 86_400_000).toUTCString();
  for (const [after, words] of [
    ["86400", /answered 429 and asks to wait 86400 s \(Retry-After\)/],
    [tomorrow, /answered 429 and asks to wait 86\d{3} s \(Retry-After\)/],
  ] as const) {
    const waits: number[] = [];
    await assert.rejects(
      pushThrough(t, (request) => (isBegin(request) ? limited(after) : undefined), waits),
      words,
    );
    assert.deepEqual(waits, []);
  }
});

const message = "You have reached your unauthenticated pull rate limit.";
for (const [form, body, headers] of [
  ["as JSON", JSON.stringify({ errors: [{ code: "TOOMANYREQUESTS", message }] }), {}],
  ["as text", `toomanyrequests: ${message}`, {}],
  ["with a Retry-After", JSON.stringify({ errors: [{ code: "X", message }] }), { "retry-after": "60" }],
] as const) {
  test(`D58 Docker Hub's pull limit ${form} is explained at once`, async (t) => {
    const waits: number[] = [];
    const front = await startFront(t, undefined, () => ({ status: 429, body, headers }));
    const source = openSession(t, { waits }).source(parseReference(`${front.host}/app:1`));
    await assert.rejects(source.resolve(), /answered 429.* the pull limit lasts for hours; log in, or use/);
    assert.equal(front.seen.length, 1);
    assert.deepEqual(waits, []);
  });
}
