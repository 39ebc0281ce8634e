import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import test from "node:test";
import type { GantryEvent } from "../../src/model/events.js";
import { image, layer } from "../places/registry/images.js";
import { openSession, push } from "../places/registry/setup.js";
import { startFaultRegistry } from "../support/fault-registry.js";

/** The warnings a user sees of a push to a registry whose answers all carry the header, in as many lines as there are texts. */
async function warningsOf(t: test.TestContext, ...lines: readonly string[]): Promise<readonly string[]> {
  // Node writes a list as lines of their own.
  const warning = lines as unknown as string;
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

test("D75 each of several header lines counts, and what differs only in control characters is one", async (t) => {
  const lines = ['299 - "one"', '299 - "two"', '299 - "one"', '299 - "t\u0080wo"', '299 - "t\u0081\u0085wo"'];
  assert.deepEqual(await warningsOf(t, ...lines), ["HOST warns: one", "HOST warns: two", "HOST warns: t wo"]);
});

test("D75 tabs and quoted control characters are sanitised, and no text can end the quotes early", async (t) => {
  const lines = ['299 - "a\tb"', '299 - "c\\\u009bd"', '299 - "e\\", 299 - \\"f"'];
  assert.deepEqual(await warningsOf(t, ...lines), [
    "HOST warns: a b",
    "HOST warns: c d",
    'HOST warns: e", 299 - "f',
  ]);
});

test("D75 an answer with an escape sequence in its headers is refused without repeating it", async (t) => {
  const host = await startRaw(
    t,
    'HTTP/1.1 200 OK\r\nWarning: 299 - "\u001b]0;canary\u0007"\r\nContent-Length: 0\r\n\r\n',
  );
  const events: GantryEvent[] = [];
  await assert.rejects(
    push(openSession(t), image([layer("a")]), [`${host}/app:1`], { events }),
    ({ message }: Error) => {
      assert.match(message, /not an HTTP server/);
      assert.doesNotMatch(message, /[\u0000-\u001f\u007f-\u009f]|canary/);
      return true;
    },
  );
  assert.ok(!events.some(({ type }) => type === "warning"));
});

/** A server that answers every connection with these bytes. */
async function startRaw(t: test.TestContext, answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer, "latin1"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
