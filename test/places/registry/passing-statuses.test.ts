import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { RegistryError } from "../../../src/http/errors.js";
import { startFaultRegistry, type Front, type Seen } from "../../support/fault-registry.js";
import { bareSystem, image, layer } from "./images.js";
import { assertReadable, faultySize, openSession, push } from "./setup.js";

const isUpload = ({ method, headers }: Seen) =>
  method === "PUT" && Number(headers["content-length"]) === faultySize;

const isBegin = ({ method }: Seen) => method === "POST";

const kinds: readonly (readonly [string, (request: Seen) => boolean])[] = [
  ["the question for a manifest", ({ method, path }) => method === "HEAD" && path.includes("/manifests/")],
  ["the question for a blob", ({ method, path }) => method === "HEAD" && path.includes("/blobs/")],
  ["the beginning of an upload", isBegin],
  ["an upload", isUpload],
  ["a manifest", ({ method, path }) => method === "PUT" && path.includes("/manifests/sha256")],
  ["a tag", ({ method, path }) => method === "PUT" && path.includes("/manifests/1")],
];

/** Pushes an image through a registry that answers the first so many of these requests with the status. */
async function struck(
  t: TestContext,
  matches: (request: Seen) => boolean,
  { status, times }: { readonly status: number; readonly times: number },
) {
  // Of two uploads that begin, which look the same, one does well.
  const after = matches === isBegin ? 1 : 0;
  const front = await startFaultRegistry(t, [{ when: matches, after, times, fault: { status } }]);
  const root = image([layer("a", faultySize)]);
  const waits: number[] = [];
  const session = openSession(t, { waits, system: { ...bareSystem(), random: () => 1 } });
  const pushed = push(session, root, [`${front.host}/app:1`]);
  return { front, root, waits, pushed, asked: () => front.seen.filter(matches).slice(after) };
}

for (const [kind, matches] of kinds) {
  for (const status of [500, 502, 503, 504]) {
    test(`D56 ${kind} answered ${status} once, or thrice, is asked so often again, and all arrives`, async (t) => {
      const { asked: without, pushed: clean } = await struck(t, matches, { status, times: 0 });
      await clean;
      for (const times of [1, 3]) {
        const { front, root, waits, pushed, asked } = await struck(t, matches, { status, times });
        await pushed;
        assert.equal(asked().length, without().length + times);
        assert.equal(waits.length, times);
        front.strike([]);
        await assertReadable(openSession(t), root, `${front.host}/app:1`);
      }
    });

    test(`D56 ${kind} answered ${status} for ever fails after five attempts and says so`, async (t) => {
      const { waits, pushed, asked } = await struck(t, matches, { status, times: Number.POSITIVE_INFINITY });
      await assert.rejects(pushed, (error) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.status, status);
        assert.equal(error.attempts, 5);
        const words =
          matches === isUpload ? "attempt 5: PUT .* answered S$" : "answered S \\(after 5 attempts\\)";
        assert.match(error.message, new RegExp(words.replace("S", String(status))));
        return true;
      });
      const often = perResource(asked());
      assert.equal(Math.max(...often), 5, `asked ${often.join()} times`);
      // Half a second, one, two, four: for the layer, and for the configuration beside it.
      const waited = waits.reduce((sum, each) => sum + each, 0);
      assert.ok(waited >= 7500 && waited <= 2 * 7500, `waited ${waited} ms`);
    });
  }
}

/** How often each thing was asked for. */
function perResource(requests: Front["seen"]): number[] {
  const often = new Map<string, number>();
  for (const request of requests) {
    const what = isUpload(request) ? "the layer" : request.path;
    often.set(what, (often.get(what) ?? 0) + 1);
  }
  return [...often.values()];
}
