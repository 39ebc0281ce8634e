import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "./support/cli.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The package as it would be published, packed from a copy so that nothing here is written over. */
function packPackage(folder: string): { readonly files: readonly string[]; readonly tarball: string } {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  for (const name of [
    "package.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "schema.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "bundle.js",
    "src",
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const printed = execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", folder], {
    cwd: copy,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  // npm prints what the prepack script says before the JSON.
  const packed = JSON.parse(printed.slice(printed.search(/^[[{]/m))) as unknown;
  const [first] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as {
    filename: string;
    files: { path: string }[];
  }[];
  return { files: first!.files.map(({ path }) => path), tarball: join(folder, first!.filename) };
}

test("the package holds the program, its types, the schema and the licence, and works where it is installed", async (t) => {
  const { folder } = createSandbox(t);
  const { files, tarball } = packPackage(folder);
  for (const path of [
    "dist/index.js",
    "dist/index.d.ts",
    "dist/registry.js",
    "dist/main.cjs",
    "dist/worker.cjs",
    "schema.json",
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
  ]) {
    assert.ok(files.includes(path), path);
  }
  assert.deepEqual(
    files.filter((path) => /test|bench|^src|^\./.test(path)),
    [],
  );

  const modules = join(folder, "project", "node_modules");
  mkdirSync(modules, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", modules]);
  cpSync(join(modules, "package"), join(modules, "gantry"), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: object;
  };
  for (const name of Object.keys(dependencies))
    symlinkSync(join(root, "node_modules", name), join(modules, name));

  const project = join(folder, "project");
  writeFileSync(join(project, "hello.txt"), "hello\n");
  const run = (...args: string[]) => {
    const main = join(modules, "gantry", "dist", "main.cjs");
    const env = { ...process.env, GANTRY_CACHE_DIR: join(folder, "cache") };
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: project,
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.match(run("--version"), /^gantry \d+\.\d+\.\d+\n$/);
  run("build", "--base", "scratch", "--add", "hello.txt:/hello.txt", "-o", "type=oci,dest=out");
  assert.ok(existsSync(join(project, "out", "index.json")));
  assert.ok(readdirSync(join(project, "out", "blobs", "sha256")).length >= 3);

  const namesOf = async (what: string) => Object.keys((await import(what)) as object).sort();
  const script =
    "const { argv } = process; for (const name of argv.slice(2)) console.log(JSON.stringify(Object.keys(await import(name)).sort()));";
  writeFileSync(join(project, "names.mjs"), script);
  const printed = execFileSync(process.execPath, ["names.mjs", "gantry", "gantry/registry"], {
    cwd: project,
    encoding: "utf8",
  });
  const sources = ["index.js", "registry.js"].map((name) => new URL(`../src/${name}`, import.meta.url).href);
  const expected = await Promise.all(sources.map(namesOf));
  assert.deepEqual(
    printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]),
    expected,
  );

  // The command and what it is told to import are one library: an error of the one is known to the other.
  const config =
    'import { parseReference } from "gantry";\nparseReference("no reference");\nexport default {};\n';
  writeFileSync(join(project, "gantry.config.mjs"), config);
  const main = join(modules, "gantry", "dist", "main.cjs");
  const { status, stderr } = spawnSync(process.execPath, [main, "build"], { cwd: project, encoding: "utf8" });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /^gantry: loading gantry\.config\.mjs: .*no reference/);
});
