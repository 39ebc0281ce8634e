import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createPrograms } from "../../src/build/programs.js";
import { ownOptions } from "../support/own-options.js";
import { gone, written } from "../support/processes.js";

/** Programs of a PATH that has one, written in JavaScript. */
async function withProgram(t: TestContext, source: string) {
  const { system } = await ownOptions(t);
  const [folder, name] = [system.cwd, "program"];
  writeFileSync(join(folder, name), `#!${process.execPath}\n${source}\n`);
  chmodSync(join(folder, name), 0o755);
  const env = { PATH: `relative:${folder}`, OWN: "mine" };
  const programs = createPrograms({ system: { ...system, env }, temporary: join(folder, "tmp") });
  const lines: string[] = [];
  const run = async (args: readonly string[] = [], signal?: AbortSignal) => {
    const program = await programs.find(name);
    return await programs.run(program!, args, { signal, onLine: (line) => void lines.push(line) });
  };
  return { folder, programs, lines, run };
}

test("a program is found in the absolute folders of PATH alone", async (t) => {
  const { folder, programs } = await withProgram(t, "");
  assert.equal(await programs.find("program"), join(folder, "program"));
  assert.equal(await programs.find("other"), undefined);
  writeFileSync(join(folder, "other"), "");
  assert.equal(await programs.find("other"), undefined, "it may not be executed");
});

test("arguments, environment and folder are given as they are, and both outputs are told by lines", async (t) => {
  const { folder, lines, run } = await withProgram(
    t,
    `console.log(JSON.stringify(process.argv.slice(2)), process.env.OWN, process.cwd());
     process.stderr.write("a\\r\\nb\\rc\\n\\nend");`,
  );
  const args = ["$HOME", "; exit 1", "a b", ""];
  assert.deepEqual(await run(args), { status: 0 });
  assert.deepEqual(lines.toSorted(), [`${JSON.stringify(args)} mine ${folder}`, "a", "b", "c", "end"]);
});

test("a status is told, and a program that a signal ended has none", async (t) => {
  const { run } = await withProgram(
    t,
    `if (process.argv[2] === "status") process.exit(3); process.kill(process.pid, "SIGKILL"); setInterval(() => 0, 1000);`,
  );
  assert.deepEqual(await run(["status"]), { status: 3 });
  assert.deepEqual(await run(), { status: undefined });
});

test("a program that has ended is not waited for, whoever holds its output", async (t) => {
  const { folder, lines, run } = await withProgram(
    t,
    `const options = { detached: true, stdio: ["ignore", "inherit", "inherit"] };
     const left = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => 0, 60000)"], options);
     require("node:fs").writeFileSync("left", String(left.pid));
     left.unref();
     console.log("all");`,
  );
  assert.deepEqual(await run(), { status: 0 });
  assert.deepEqual(lines, ["all"]);
  process.kill(Number(readFileSync(join(folder, "left"), "utf8")));
});

test("a line without an end comes in pieces", async (t) => {
  const { lines, run } = await withProgram(t, `process.stdout.write("x".repeat(20000))`);
  await run();
  assert.deepEqual(
    lines.map(({ length }) => length),
    [8192, 8192, 3616],
  );
});

test("what cannot be started is an error", async (t) => {
  const { folder, programs } = await withProgram(t, "");
  await assert.rejects(programs.run(join(folder, "gone"), [], { onLine: () => undefined }), {
    code: "ERR_GANTRY_ENGINE",
    message: /gone cannot be started: /,
  });
});

test("aborted, a program ends with all that it started", async (t) => {
  const { folder, run } = await withProgram(
    t,
    `const { spawn } = require("node:child_process");
     const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });
     require("node:fs").writeFileSync("pids", process.pid + " " + child.pid + "\\n");
     setInterval(() => 0, 1000);`,
  );
  const stop = new AbortController();
  const reason = new Error("enough");
  const running = run([], stop.signal);
  running.catch(() => undefined);
  const pids = (await written(join(folder, "pids"))).split(" ").map(Number);
  stop.abort(reason);
  await assert.rejects(running, reason);
  for (const pid of pids) await gone(pid);
});

test("nothing is started where it was aborted before", async (t) => {
  const { folder, run } = await withProgram(t, `require("node:fs").writeFileSync("ran", "")`);
  await assert.rejects(run([], AbortSignal.abort(new Error("before"))), /before/);
  assert.equal(existsSync(join(folder, "ran")), false);
});

test("folders are nobody else's, and go when the programs do", async (t) => {
  const { programs } = await withProgram(t, "");
  const [one, other] = [await programs.folder(), await programs.folder()];
  assert.notEqual(one, other);
  assert.equal(statSync(one).mode & 0o777, 0o700);
  await programs[Symbol.asyncDispose]();
  assert.deepEqual([one, other].map(existsSync), [false, false]);
});
