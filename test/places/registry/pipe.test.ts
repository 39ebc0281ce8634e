import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createPipe } from "../../../src/places/registry/pipe.js";

/** Notes when a promise is over. */
function watch(promise: Promise<void>): { over: boolean } {
  const watched = { over: false };
  void promise.then(() => (watched.over = true));
  return watched;
}

test("bytes that a request has hold of go back when the network has taken them, or the request is over", async () => {
  for (const [how, settle] of [
    ["taken", (pipe: ReturnType<typeof createPipe>) => pipe.taken(3)],
    ["released", (pipe: ReturnType<typeof createPipe>) => pipe.release()],
  ] as const) {
    const pipe = createPipe();
    const handed = watch(pipe.write(Buffer.from("abc")));
    const waiting = watch(pipe.write(Buffer.from("def")));
    const reading = pipe.read();
    assert.equal(Buffer.from((await reading.next()).value!).toString(), "abc");
    // The answer came early: nobody reads on, but the socket may still hold what was read.
    pipe.close();
    await turn();
    assert.deepEqual([handed.over, waiting.over], [false, true], how);
    settle(pipe);
    await turn();
    assert.equal(handed.over, true, how);
    await pipe.write(Buffer.from("ghi"));
    assert.equal((await reading.next()).done, true);
  }
});
