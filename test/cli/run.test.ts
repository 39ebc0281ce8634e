import assert from "node:assert/strict";
import { test } from "node:test";
import { GantryError } from "../../src/index.js";
import { runFake } from "./fake-terminal.js";

const failing = (error: unknown) => ({ inspect: () => Promise.reject(error as Error) });

test("a wrong command line gets one line that says what was meant, where to read on, and status 2", async () => {
  const cases: readonly (readonly [string, RegExp, string])[] = [
    ["buid", /^gantry: unknown command 'buid' \(did you mean "build"\?\)$/, "gantry"],
    [
      "build --platfrom x",
      /^gantry: unknown option '--platfrom' \(did you mean "--platform"\?\)$/,
      "gantry build",
    ],
    [
      "build a b",
      /^gantry: too many arguments for 'build'\. Expected 1 argument but got 2\.$/,
      "gantry build",
    ],
    ["build --env A", /^gantry: --env A: expected NAME=VALUE$/, "gantry build"],
    ["build --tag", /^gantry: option '-t, --tag <reference>' argument missing$/, "gantry build"],
    [
      "build --progress plian",
      /^gantry: --progress plian: expected one of .* \(did you mean "plain"\?\)$/,
      "gantry build",
    ],
    ["copy a", /^gantry: missing required argument 'destination'$/, "gantry copy"],
    [
      "index create a",
      /^gantry: required option '-t, --tag <reference>' not specified$/,
      "gantry index create",
    ],
    [
      "registry serve --addr 5000",
      /^gantry: --addr 5000: expected HOST:PORT, as in 127\.0\.0\.1:5000$/,
      "gantry registry serve",
    ],
  ];
  for (const [line, message, command] of cases) {
    const { status, stdout, stderr } = await runFake(line.split(" "));
    const [first = "", second, ...rest] = stderr.split("\n");
    assert.match(first, message);
    assert.equal(second, `See "${command} --help".`);
    assert.deepEqual({ rest, stdout, status }, { rest: [""], stdout: "", status: 2 });
  }
});

test("help goes to stdout with status 0, and lists every command", async () => {
  const { status, stdout, stderr } = await runFake(["--help"]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  for (const name of [
    "build",
    "copy",
    "index",
    "inspect",
    "push",
    "images",
    "cache",
    "login",
    "logout",
    "registry",
  ]) {
    assert.match(stdout, new RegExp(`^  ${name} +\\S`, "m"));
  }
});

test("without a command the help goes to stderr with status 2", async () => {
  const { status, stdout, stderr } = await runFake([]);
  assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
  assert.match(stderr, /^Usage: gantry COMMAND/);
});

test("the help of build has examples, and is the same by either way to ask", async () => {
  const asked = await runFake(["build", "--help"]);
  assert.match(asked.stdout, /Examples:/);
  assert.deepEqual(await runFake(["help", "build"]), asked);
});

test("a failure is one line on stderr, with the status of its code", async () => {
  for (const [code, status] of [
    ["ERR_GANTRY_NOT_FOUND", 1],
    ["ERR_GANTRY_REFERENCE_INVALID", 2],
  ] as const) {
    const ran = await runFake(["inspect", "x"], { api: failing(new GantryError(code, "no such image")) });
    assert.deepEqual(ran, { status, stdout: "", stderr: "gantry: no such image\n" });
  }
});

test("--debug adds stack, code and causes", async () => {
  const error = new GantryError("ERR_GANTRY_NETWORK", "reading x", { cause: new Error("socket hang up") });
  const { stderr } = await runFake(["inspect", "x", "--debug"], { api: failing(error) });
  assert.match(stderr, /^gantry: reading x\nGantryError: reading x\n +at /);
  assert.match(stderr, /code: ERR_GANTRY_NETWORK/);
  assert.match(stderr, /caused by: Error: socket hang up\n +at /);
});

test("a fault of gantry itself is called one, without a stack trace", async () => {
  const { status, stderr } = await runFake(["inspect", "x"], {
    api: failing(new TypeError("x is undefined")),
  });
  assert.equal(status, 1);
  assert.match(stderr, /^gantry: internal error: x is undefined\nThis is a fault of gantry\. .*--debug.*\n$/);
});

test("an error that stands for several tells each that its message leaves out", async () => {
  const cause = new AggregateError([new Error("ghcr.io: denied"), new Error("localhost:1: refused")]);
  const error = new GantryError("ERR_GANTRY_PUSH_FAILED", "2 failed: ghcr.io: denied", { cause });
  const { stderr } = await runFake(["inspect", "x"], { api: failing(error) });
  assert.equal(stderr, "gantry: 2 failed: ghcr.io: denied\ngantry:   localhost:1: refused\n");
});

test("an interrupt ends with 130 and one word", async () => {
  const controller = new AbortController();
  controller.abort(new GantryError("ERR_GANTRY_INTERRUPTED", "interrupted"));
  for (const error of [controller.signal.reason as unknown, new DOMException("aborted", "AbortError")]) {
    const ran = await runFake(["inspect", "x"], { api: failing(error), signal: controller.signal });
    assert.deepEqual(ran, { status: 130, stdout: "", stderr: "gantry: interrupted\n" });
  }
});

test("control characters of a message do not reach the terminal", async () => {
  const { stderr } = await runFake(["inspect", "x"], {
    api: failing(new GantryError("ERR_GANTRY_REGISTRY", "a\u001b[2J")),
  });
  assert.equal(stderr, "gantry: a?[2J\n");
});
