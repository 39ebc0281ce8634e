import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "../../src/index.js";
import { startFront } from "../support/fault-registry.js";
import { createSandbox } from "../support/cli.js";
import { createGate } from "../support/gate.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import type { ImageConfig } from "../../src/index.js";

interface Inspected {
  readonly config: ImageConfig;
  readonly layers: readonly { readonly digest: string }[];
  readonly manifests?: readonly Inspected[];
}

const twoImages = `
images:
  web:
    platforms: [linux/amd64]
    env: { A: "1", B: "2" }
    files: { /site: site }
    cmd: [serve]
  worker:
    platforms: [linux/amd64]
    files: { /worker: worker }
`;

test("TypeScript, JavaScript, JSON and YAML describe the same image, with gantry installed anywhere", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const spec = {
    name: "one",
    platforms: ["linux/amd64"],
    files: { "/a": { content: "a" } },
    env: { A: "1" },
  };
  const program = `import { defineConfig } from "gantry";\nexport default defineConfig(${JSON.stringify(spec)}`;
  const texts = {
    "gantry.config.ts": `${program} satisfies object);\n`,
    "gantry.config.mjs": `${program});\n`,
    "gantry.config.json": JSON.stringify(spec),
    "gantry.config.yaml":
      "name: one\nplatforms: [linux/amd64]\nfiles: { /a: { content: a } }\nenv: { A: '1' }\n",
  };
  const printed = [];
  for (const [name, text] of Object.entries(texts)) {
    const context = join(folder, name.replaceAll(".", "-"));
    mkdirSync(context);
    writeFileSync(join(context, name), text);
    printed.push(await gantry("build", context, "--progress", "quiet"));
  }
  assert.match(printed[0]!, /^sha256:[0-9a-f]{64}\n$/);
  assert.deepEqual([...new Set(printed)], [printed[0]]);
});

test("the images of a spec are built at once, or those that --only names, from any folder", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  mkdirSync(join(folder, "context", "site"), { recursive: true });
  mkdirSync(join(folder, "specs"));
  writeFileSync(join(folder, "context", "site", "index.html"), "hi");
  writeFileSync(join(folder, "context", "worker"), "work");
  writeFileSync(join(folder, "context", "gantry.config.yaml"), twoImages);
  const both = await gantry("build", "context");
  assert.match(both, /^web@sha256:\w+\nworker@sha256:\w+\n$/);
  const [web, worker] = both.trim().split("\n");
  assert.equal(await gantry("build", "context", "--only", "worker"), `${worker}\n`);
  const other = twoImages
    .replaceAll(": site", ": ../context/site")
    .replaceAll(": worker }", ": ../context/worker }");
  writeFileSync(join(folder, "specs", "other.yaml"), other);
  const elsewhere = await gantry("build", "--config", "specs/other.yaml", "--only", "web");
  assert.equal(elsewhere, `${web}\n`, "sources are relative to the spec file");
  const refused = await run(["build", "context", "--only", "wbe"]);
  assert.match(refused.stderr, /^gantry: --only wbe: .*did you mean "web"/);
  assert.equal(refused.status, 2);
});

test("flags override the fields of one selected image; with several selected they are a usage error", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const registry = await startLogged(t);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "hi");
  writeFileSync(join(folder, "worker"), "work");
  writeFileSync(join(folder, "gantry.config.yaml"), twoImages);
  const tag = `${registry.host}/web:test`;
  const refused = await run(["build", "--env", "B=3", "-t", tag, "--push"]);
  assert.match(
    refused.stderr,
    /^gantry: .* changes one image, but 2 are selected \(web, worker\).*--only NAME\n/,
  );
  assert.deepEqual([refused.status, refused.stdout, registry.log.length], [2, "", 0]);
  await gantry(
    ...["build", "--only", "web", "--env", "B=3", "--env", "C=4", "--add", "worker:/extra", "--cmd", "own"],
    ...["--platform", "linux/arm64,linux/amd64", "-t", tag, "--push"],
  );
  const { manifests = [] } = JSON.parse(await gantry("inspect", "--json", tag)) as Inspected;
  assert.deepEqual(
    manifests.map(({ config }) => config.architecture),
    ["arm64", "amd64"],
  );
  for (const { config, layers } of manifests) {
    assert.deepEqual(config.config?.Env, ["A=1", "B=3", "C=4"]);
    assert.deepEqual(config.config?.Cmd, ["own"]);
    assert.equal(layers.length, 2, "the spec's layer and the flag's");
  }
});

test("with --base the flags are the request, and a spec file is not even read", async (t) => {
  const { folder, gantry, run } = createSandbox(t);
  writeFileSync(join(folder, "gantry.config.json"), "{ broken");
  writeFileSync(join(folder, "b"), "b");
  writeFileSync(join(folder, "a"), "a");
  const flags = [
    "--platform",
    "linux/amd64",
    "--add",
    "b:/x",
    "--add",
    "a:/x",
    "--cmd",
    '["one word","two"]',
    "--entrypoint",
    "/x",
  ];
  await gantry("build", "--base", "scratch", ...flags, "-o", "type=oci,dest=out");
  const { config, layers } = JSON.parse(await gantry("inspect", "--json", "oci:out")) as Inspected;
  assert.deepEqual([config.config?.Entrypoint, config.config?.Cmd], [["/x"], ["one word", "two"]]);
  assert.equal(layers.length, 2, "each --add is a layer of its own");
  assert.deepEqual(
    config.history?.slice(0, 2).map(({ created_by }) => created_by),
    ["files /x", "files /x"],
  );
  const broken = await run(["build"]);
  assert.match(broken.stderr, /^gantry: gantry\.config\.json: line 1:3: not valid JSON\n/);
  assert.equal(broken.status, 2);
});

test("--print shows what would be built, base and files included, and builds nothing", async (t) => {
  const { folder, gantry } = createInProcess(t);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "hi");
  writeFileSync(join(folder, "worker"), "work");
  writeFileSync(join(folder, "gantry.config.yaml"), twoImages);
  const plans = JSON.parse(await gantry("build", "--print")) as Record<
    string,
    { images: { platform: string; layers: { entries: object[] }[] }[] }
  >;
  assert.deepEqual(Object.keys(plans), ["web", "worker"]);
  const [image] = plans.web!.images;
  assert.equal(image?.platform, "linux/amd64");
  assert.deepEqual(image.layers[0]?.entries.at(-1), {
    path: "/site/index.html",
    type: "file",
    mode: "0644",
    owner: "0:0",
    size: 2,
    source: join(folder, "site", "index.html"),
  });
  assert.equal(existsSync(join(folder, ".gantry", "store")), false);
});

test("the images of a run are pushed side by side", { timeout: 30_000 }, async (t) => {
  const registry = await startLogged(t);
  const repositories = new Set<string>();
  const all = createGate();
  // No upload goes on before one of each image was asked for.
  const { host } = await startFront(t, registry.host, ({ method, path }) => {
    if (method !== "POST") return undefined;
    repositories.add(path.split("/")[2]!);
    if (repositories.size === 3) all.open();
    return { hold: all.opened };
  });
  const requests = ["a", "b", "c"].map((name) => ({
    name,
    tags: [`${host}/${name}:1`],
    files: { "/a": { content: name } },
  }));
  const results = await build(requests, { ...(await ownOptions(t)), outputs: [{ type: "registry" }] });
  assert.deepEqual(
    results.map(({ name }) => name),
    ["a", "b", "c"],
  );
});
