import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { parseReference } from "../../../src/model/reference.js";
import { createGate } from "../../support/gate.js";
import { first, startFaultRegistry, type Seen } from "../../support/fault-registry.js";
import { bytesOf, image, layer } from "./images.js";
import { assertReadable, openChunked, openSession, push } from "./setup.js";

const second = 1000;
const minute = 60 * second;
const turn = (): Promise<void> => new Promise(setImmediate);

/** Lets time pass for all that waits on timers, second by second, while the network goes on working. */
async function pass(t: TestContext, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += second) {
    t.mock.timers.tick(second);
    await turn();
  }
}

async function until(what: () => boolean): Promise<void> {
  for (let turns = 0; !what(); turns++) {
    assert.ok(turns < 1_000_000, "it never came");
    await turn();
  }
}

const chunk = 65_536;
/** Small enough to be on its way as a whole before anybody reads it. */
const rest = 30_000;
const length = ({ headers }: Seen) => Number(headers["content-length"]);
const ends: readonly (readonly [what: string, size: number, isEnd: (request: Seen) => boolean])[] = [
  ["a blob", rest, (request) => request.method === "PUT" && length(request) === rest],
  ["a chunk", chunk + rest, (request) => request.method === "PATCH" && length(request) === rest],
  ["the end of chunks", chunk + rest, (request) => request.method === "PUT" && length(request) === 0],
];
for (const [what, size, isEnd] of ends) {
  test(`D73 the answer to ${what} is waited for for ten minutes, not for eleven`, async (t) => {
    const front = await startFaultRegistry(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    for (const [waited, attempts] of [
      [10 * minute - second, 1],
      [11 * minute, 2],
    ] as const) {
      const answered = createGate();
      const before = front.seen.length;
      const sent = () => front.seen.slice(before).filter(isEnd).length;
      front.strike(first(isEnd, { hold: answered.opened }));
      const root = image([layer(`${waited}`, size)]);
      const pushed = push(openChunked(t, front.host, chunk), root, [`${front.host}/app:1`]);
      await until(() => sent() === 1);
      await pass(t, waited);
      answered.open();
      await pushed;
      assert.equal(sent(), attempts);
      await assertReadable(openSession(t), root, `${front.host}/app:1`);
    }
  });
}

test("D73 a registry that never answers a question is given up after five minutes of waiting", async (t) => {
  const front = await startFaultRegistry(t, () => ({ silent: true }));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const source = openSession(t).source(parseReference(`${front.host}/app:1`));
  const outcome = assert.rejects(source.resolve(), /waited 60 s for the response \(after 5 attempts\)/);
  for (let attempt = 1; attempt <= 5; attempt++) {
    await until(() => front.seen.length === attempt);
    await pass(t, minute);
  }
  await outcome;
  assert.equal(front.seen.length, 5);
});

test("D73 a registry that sends a byte a second is given up after a minute, and after four of them for good", async (t) => {
  const isDownload = ({ method, path }: Seen) => method === "GET" && path.includes("/blobs/");
  const front = await startFaultRegistry(t);
  const root = image([layer("a", rest)]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  let sent = 0;
  const next = () => {
    sent++;
    return pass(t, second);
  };
  front.strike([{ when: isDownload, fault: { drip: { bytes: 1, next } } }]);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const source = openSession(t).source(parseReference(`${front.host}/app:1`));
  await assert.rejects(bytesOf(source.read(root.layers[0]!.descriptor)), /fewer than 1024 bytes in 60 s/);
  assert.equal(front.seen.filter(isDownload).length, 4);
  assert.ok(sent >= 4 * 60 && sent < 4 * 70, `${sent} bytes`);
});
