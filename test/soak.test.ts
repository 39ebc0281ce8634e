import assert from "node:assert/strict";
import test from "node:test";
import { soakBuildKills } from "../bench/soak/kill-builds.js";
import { soakRegistryKills } from "../bench/soak/kill-registry.js";
import { soakPush } from "../bench/soak/push.js";

// Short forms of what `npm run soak` does at length.

test("D82 sixteen layers at a time come through random resets and 503s, every byte of them right and none twice", async () => {
  const outcome = await soakPush({ runs: 4, seed: 82, size: 100_000, wait: () => Promise.resolve() });
  assert.equal(outcome.failed, 0);
  assert.equal(outcome.ok, 4);
  assert.equal(outcome.twice, 0, "blobs that were committed again");
  assert.ok(outcome.resets > 0 && outcome.errors > 0, "nothing went wrong");
});

test("F96 builds killed with -9 leave a cache, a layout and a registry that are whole", async () => {
  const { kills, wrong } = await soakBuildKills({ kills: 3, seed: 96, size: 1_500_000 });
  assert.deepEqual([kills, wrong], [3, []]);
});

test("H113 a registry killed with -9 during pushes has a store that verifies and takes the push once it is back", async () => {
  const { kills, wrong } = await soakRegistryKills({ kills: 4, seed: 113, size: 300_000 });
  assert.deepEqual([kills, wrong], [4, []]);
});
