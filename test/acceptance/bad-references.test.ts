import assert from "node:assert/strict";
import { test } from "node:test";
import { GantryError, parseReference } from "../../src/index.js";
import { startFront } from "../support/fault-registry.js";
import { createInProcess } from "../support/in-process.js";

const digest = `sha256:${"0f".repeat(32)}`;

/** Repository, tag and digest of a reference to HOST that is none, and the offset behind "HOST/" of what is wrong. */
const wrong: readonly (readonly [string, what: string, path: string, offset: number])[] = [
  ["A3", "an upper-case repository", "team/App:1", 5],
  ["A3", "two dots", "a/../b", 2],
  ["A3", "a repository of 256 characters", "a".repeat(256), 255],
  ["A3", "a tag of 129 characters", `a:${"t".repeat(129)}`, 130],
  ["A3", "an empty component", "a//b", 2],
  ["A3", "a second tag", "a:t:u", 3],
  ["A3", "no repository", "", 0],
  ["A5", "a digest that is too short", "a@sha256:ffff", 2],
  ["A5", "a digest that climbs", "a@sha256:../../x", 2],
  ["A5", "a digest in upper case", `a@${digest.toUpperCase().replace("SHA256", "sha256")}`, 2],
  ["A5", "a digest of another algorithm", `a@md5:${"0".repeat(32)}`, 2],
];

for (const [number, what, path, offset] of wrong) {
  test(`${number} ${what} ends with 2 and a caret below it, and nothing is asked`, async (t) => {
    const { run } = createInProcess(t);
    const front = await startFront(t, undefined, () => ({ status: 500 }));
    const text = `${front.host}/${path}`;
    for (const args of [
      ["inspect", text],
      ["copy", text, "oci:out"],
      ["build", "--base", text, "-o", "type=oci,dest=out"],
    ]) {
      const { status, stdout, stderr } = await run(args);
      const [message, excerpt = "", caret = "", ...rest] = stderr.split("\n");
      assert.match(message!, /^gantry: .*invalid reference "/);
      const column = caret.indexOf("^");
      const marked = excerpt.slice(column);
      assert.equal(marked, text.slice(text.length - path.length + offset).slice(0, marked.length));
      assert.equal(caret, `${" ".repeat(column)}^`);
      assert.ok(excerpt.length <= 82, excerpt);
      assert.deepEqual({ status, stdout, rest }, { status: 2, stdout: "", rest: [""] });
    }
    assert.deepEqual(front.seen, []);
  });
}

test("A4 a reference of a megabyte is refused by its length alone: no rule is tried on it, no caret drawn", async (t) => {
  const { run } = createInProcess(t);
  for (const text of ["a-".repeat(524_288), `${"a".repeat(1_048_575)}!`]) {
    const { status, stderr } = await run(["inspect", text]);
    assert.equal(status, 2);
    assert.match(stderr, /^gantry: .*it has 1048576 characters, the most are 2048\n$/);
    assert.ok(stderr.length < 400);
  }
});

test("A4 the length is looked at before any character", () => {
  let read = 0;
  const text = new Proxy(Object(" ".repeat(2049)) as object, {
    get: (target, name) => {
      if (name !== "length") read++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const error = caught(() => parseReference(text as unknown as string));
  assert.match(error.message, /it has 2049 characters/);
  assert.ok(read <= 2, `only what the message quotes was read, in ${read} calls`);
});

test("a password in a URL that should be a reference is not repeated", async (t) => {
  const { run } = createInProcess(t);
  const { status, stderr } = await run(["inspect", "https://me:canary-secret@ghcr.io/me/app"]);
  assert.equal(status, 2);
  assert.match(stderr, /REDACTED@ghcr\.io\/me\/app": .*did you mean "ghcr\.io\/me\/app"/);
  assert.doesNotMatch(stderr, /canary/);
});

function caught(work: () => unknown): GantryError {
  try {
    work();
  } catch (error) {
    if (error instanceof GantryError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
