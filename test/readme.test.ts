import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadConfig, nodeSystem } from "../src/index.js";
import { createRegistry } from "../src/registry.js";
import { createSandbox } from "./support/cli.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The code of the blocks with this first line. */
function blocks(fence: string): string[] {
  return [...readme.matchAll(/^```(.*)\n([^]*?)^```/gm)]
    .filter(([, info]) => info === fence)
    .map(([, , code]) => code!);
}

/** The README's code with the package's names leading to what is compiled here. */
function compiled(code: string): string {
  const url = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);
  return code.replace('"gantry/registry"', url("registry.js")).replace('"gantry"', url("index.js"));
}

for (const [number, code] of blocks("ts run").entries()) {
  test(`the README's program ${number + 1} runs as it stands`, async (t) => {
    const registry = await createRegistry();
    t.after(() => registry.close());
    const { folder } = createSandbox(t);
    const file = join(folder, "program.mjs");
    writeFileSync(file, compiled(code).replaceAll("localhost:5000", registry.host));
    const { status, output } = await runNode(file, folder);
    assert.equal(status, 0, output);
    assert.match(
      output,
      code.includes("manifests.length") ? /^sha256:[0-9a-f]{64}\n2\n$/ : /^127\.0\.0\.1:\d+\n$/,
    );
  });
}

test("the README's spec file is one, and plans what its text says", async (t) => {
  const { folder } = createSandbox(t);
  const [code] = blocks("ts config");
  writeFileSync(join(folder, "gantry.config.mjs"), compiled(code!));
  const { requests } = await loadConfig({ context: folder, system: nodeSystem() });
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.name, "app");
  assert.equal(requests[0]?.layers?.length, 2);
});

test("the README's commands that need only this machine work in their order", async (t) => {
  const registry = await createRegistry();
  t.after(() => registry.close());
  const { folder, gantry } = createSandbox(t);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "hello\n");
  const block = blocks("sh").find((code) => code.includes("gantry registry serve"))!;
  const lines = block.replaceAll("localhost:5000", registry.host).trim().split("\n");
  assert.match(lines[0]!, /^gantry registry serve --addr 127\.0\.0\.1:5000 &$/);
  for (const line of lines.slice(1)) await gantry(...line.split(" ").slice(1));
  assert.match(await gantry("inspect", "oci:site-image"), /image linux\//);
});

test("every file the README points to is there", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path!);
  for (const path of links) if (!path.endsWith("/")) readFileSync(new URL(`../../${path}`, import.meta.url));
  assert.ok(links.length > 5);
});

function runNode(
  file: string,
  cwd: string,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`file://${file}`))], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, GANTRY_CACHE_DIR: join(cwd, "cache") },
  });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, output })));
}
