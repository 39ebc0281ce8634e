import assert from "node:assert/strict";
import test from "node:test";
import type { GantryEvent } from "../../src/model/events.js";
import { image, layer } from "../places/registry/images.js";
import { openSession, push } from "../places/registry/setup.js";
import { startFaultRegistry } from "../support/fault-registry.js";

/** The warnings a user sees of a push to a registry whose answers all carry the header. */
async function warningsOf(t: test.TestContext, warning: string): Promise<readonly string[]> {
  const front = await startFaultRegistry(t, [{ fault: { rewrite: (headers) => ({ ...headers, warning }) } }]);
  const events: GantryEvent[] = [];
  await push(openSession(t), image([layer("a")]), [`${front.host}/app:1`], { events });
  return events.flatMap((event) =>
    event.type === "warning" && event.code === "registry-warning"
      ? [event.message.replace(front.host, "HOST")]
      : [],
  );
}

test("D75 a warning is told once, however many answers carry it", async (t) => {
  assert.deepEqual(await warningsOf(t, '299 - "Your token expires soon", 299 - "Your token expires soon"'), [
    "HOST warns: Your token expires soon",
  ]);
});

test("D75 quoting is undone; other codes and agents, and what is no warning, are passed over", async (t) => {
  const header = '299 - "say \\"hello\\"", 199 - "local", 299 proxy "other", garbage, 299 - "two, words"';
  assert.deepEqual(await warningsOf(t, header), ['HOST warns: say "hello"', "HOST warns: two, words"]);
});

test("D75 control characters never reach the terminal; what is long is cut, and what is many", async (t) => {
  const [coloured] = await warningsOf(t, '299 - "red \u009b31m text"');
  assert.match(coloured!, /^HOST warns: red [^\u0080-\u009f]*31m text$/);
  const [long] = await warningsOf(t, `299 - "${"x".repeat(5000)}"`);
  assert.ok(long!.length < 400, `${long!.length} characters`);
  const many = Array.from({ length: 40 }, (_, at) => `299 - "number ${at}"`).join(", ");
  assert.equal((await warningsOf(t, many)).length, 5);
});
