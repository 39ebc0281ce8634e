import assert from "node:assert/strict";
import test from "node:test";
import { soakPush } from "../../../bench/soak/push.js";

test("D82 sixteen layers at a time come through random resets and 503s, every byte of them right and none twice", async () => {
  const outcome = await soakPush({ runs: 4, seed: 82, size: 100_000, wait: () => Promise.resolve() });
  assert.equal(outcome.failed, 0);
  assert.equal(outcome.ok, 4);
  assert.equal(outcome.twice, 0, "blobs that were committed again");
  assert.ok(outcome.resets > 0 && outcome.errors > 0, "nothing went wrong");
});
