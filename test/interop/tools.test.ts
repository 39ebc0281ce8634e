import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { lacking, tool } from "../support/tools.js";

interface Bench {
  readonly folder: string;
  readonly registry: LoggedRegistry;
  /** A reference of the registry. */
  name(rest: string): string;
  /** The digest of an image of the registry or a layout, as Gantry reads it. */
  digest(place: string): Promise<string>;
  gantry(...args: string[]): Promise<string>;
}

/** The embedded registry with an index of two platforms, gzip layers, as "app:1", and the same in the layout "built". */
async function createBench(t: TestContext): Promise<Bench> {
  const { folder, gantry } = createInProcess(t);
  const registry = await startLogged(t);
  const name = (rest: string) => `${registry.host}/${rest}`;
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "<p>hello</p>\n");
  await gantry(
    ...["build", "--base", "scratch", "--add", "site:/site", "--compression", "gzip", "--user", "7"],
    ...[
      "--platform",
      "linux/amd64,linux/arm64",
      "-t",
      name("app:1"),
      "--push",
      "-o",
      `type=oci,dest=${folder}/built`,
    ],
  );
  const digest = async (place: string) => {
    const { descriptor } = JSON.parse(await gantry("inspect", "--json", place)) as {
      descriptor: { digest: string };
    };
    return descriptor.digest;
  };
  return { folder, registry, name, digest, gantry };
}

/** Nothing that a tool asked for was an error of the registry. */
function assertServed({ registry }: Bench): void {
  assert.deepEqual(
    registry.log.filter(({ status }) => status >= 500),
    [],
  );
}

test("H118 crane pulls, pushes, copies, lists and deletes", { skip: lacking("crane") }, async (t) => {
  const bench = await createBench(t);
  const { folder, name, digest } = bench;
  const expected = await digest(name("app:1"));
  assert.equal((await tool("crane", "digest", name("app:1"))).trim(), expected);
  await tool("crane", "pull", "--format", "oci", name("app:1"), join(folder, "pulled"));
  await tool("crane", "push", "--index", join(folder, "pulled"), name("pushed:1"));
  await tool("crane", "copy", name("app:1"), name("copied:1"));
  assert.equal(await digest(name("copied:1")), expected);
  await tool("crane", "validate", "--remote", name("pushed:1"));
  await tool("crane", "tag", name("app:1"), "2");
  assert.equal(await tool("crane", "ls", name("app")), "1\n2\n");
  await tool("crane", "delete", `${name("copied")}@${expected}`);
  await assert.rejects(digest(name("copied:1")));
  assertServed(bench);
});

test(
  "H118 regctl copies, exports, imports, lists and deletes, digests kept",
  { skip: lacking("regctl") },
  async (t) => {
    const bench = await createBench(t);
    const { folder, registry, name, digest } = bench;
    const regctl = (...args: string[]) =>
      tool("regctl", "--host", `reg=${registry.host},tls=disabled`, ...args);
    const expected = await digest(name("app:1"));
    assert.equal((await regctl("image", "digest", name("app:1"))).trim(), expected);
    await regctl("image", "copy", name("app:1"), name("copied:1"));
    await regctl("image", "export", name("app:1"), join(folder, "exported.tar"));
    await regctl("image", "import", name("imported:1"), join(folder, "exported.tar"));
    for (const copy of ["copied:1", "imported:1"]) assert.equal(await digest(name(copy)), expected);
    assert.equal(await regctl("tag", "ls", name("imported")), "1\n");
    await regctl("tag", "delete", name("imported:1"));
    assert.equal(await regctl("tag", "ls", name("imported")), "");
    assertServed(bench);
  },
);

test(
  "H118 skopeo pulls all platforms to a folder and pushes them back, digests kept",
  { skip: lacking("skopeo") },
  async (t) => {
    const bench = await createBench(t);
    const { folder, name, digest } = bench;
    const copy = (from: string, to: string) =>
      tool(
        ...(["skopeo", "copy", "--all", "--preserve-digests", "--insecure-policy"] as const),
        ...["--src-tls-verify=false", "--dest-tls-verify=false", from, to],
      );
    await copy(`docker://${name("app:1")}`, `oci:${folder}/copied:1`);
    await copy(`oci:${folder}/copied:1`, `docker://${name("team/app:1")}`);
    assert.equal(await digest(name("team/app:1")), await digest(name("app:1")));
    const listed = await tool("skopeo", "list-tags", "--tls-verify=false", `docker://${name("team/app")}`);
    assert.deepEqual((JSON.parse(listed) as { Tags: string[] }).Tags, ["1"]);
    await tool("skopeo", "delete", "--tls-verify=false", `docker://${name("team/app:1")}`);
    assertServed(bench);
  },
);

test(
  "H118 buildah pulls an image, commits one on top of it and pushes it",
  { skip: lacking("buildah") },
  async (t) => {
    const bench = await createBench(t);
    const { folder, name, gantry } = bench;
    const policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
    const storage = ["--storage-driver", "vfs", "--root", `${folder}/root`, "--runroot", `${folder}/run`];
    const buildah = (command: string, ...args: string[]) => tool("buildah", ...storage, command, ...args);
    const trust = ["--tls-verify=false", "--signature-policy", policy];
    await buildah("pull", ...trust, "--arch", "amd64", name("app:1"));
    const container = (await buildah("from", ...trust, "--pull-never", name("app:1"))).trim();
    writeFileSync(join(folder, "more.txt"), "more\n");
    await buildah("copy", container, join(folder, "more.txt"), "/site/more.txt");
    await buildah("commit", "--signature-policy", policy, container, "more");
    await buildah("push", ...trust, "more", `docker://${name("more:1")}`);
    const inspected = JSON.parse(await gantry("inspect", "--json", name("more:1"))) as {
      config: { config: { User: string } };
      layers: unknown[];
    };
    assert.equal(inspected.config.config.User, "7");
    assert.equal(inspected.layers.length, 2);
    // What buildah pushed serves as a base.
    await gantry(
      "build",
      "--base",
      name("more:1"),
      "--platform",
      "linux/amd64",
      "--label",
      "a=b",
      "-t",
      name("on:1"),
      "--push",
    );
    assertServed(bench);
  },
);

test(
  "H118 umoci changes a layout pulled from the registry, and Gantry pushes it back",
  { skip: lacking("umoci", "skopeo") },
  async (t) => {
    const bench = await createBench(t);
    const { folder, name, gantry, digest } = bench;
    await gantry("copy", "--platform", "linux/amd64", name("app:1"), `oci:${folder}/layout:1`);
    await tool("umoci", "config", "--image", `${folder}/layout:1`, "--tag", "2", "--config.env", "A=b");
    writeFileSync(join(folder, "more.txt"), "more\n");
    await tool(
      "umoci",
      "insert",
      "--rootless",
      "--image",
      `${folder}/layout:2`,
      join(folder, "more.txt"),
      "/more.txt",
    );
    await gantry("copy", `oci:${folder}/layout:2`, name("changed:1"));
    assert.equal(await digest(name("changed:1")), await digest(`oci:${folder}/layout:2`));
    await gantry("copy", name("changed:1"), `oci:${folder}/again:1`);
    await tool("umoci", "unpack", "--rootless", "--image", `${folder}/again:1`, `${folder}/bundle`);
    assert.equal(readFileSync(`${folder}/bundle/rootfs/more.txt`, "utf8"), "more\n");
    assertServed(bench);
  },
);

test(
  "H118 oras pushes an artifact, attaches another to an image, and finds and pulls both",
  { skip: lacking("oras") },
  async (t) => {
    const bench = await createBench(t);
    const { folder, name, gantry } = bench;
    const oras = (...args: string[]) => tool("oras", ...args, "--plain-http", "--no-tty");
    writeFileSync(join(folder, "sbom.json"), "{}\n");
    const type = "application/vnd.example.sbom";
    const file = `${folder}/sbom.json:application/json`;
    await oras("push", "--disable-path-validation", "--artifact-type", type, name("files:1"), file);
    await oras("pull", "-o", join(folder, "pulled"), "--allow-path-traversal", name("files:1"));
    await oras("attach", "--disable-path-validation", "--artifact-type", type, name("app:1"), file);
    const listed = await tool("oras", "discover", "--plain-http", "--format", "json", name("app:1"));
    assert.match(listed, new RegExp(type));
    assert.match(await gantry("referrers", name("app:1")), new RegExp(type));
    // An artifact that is no image travels like one, and keeps its subject.
    await gantry("copy", name("files:1"), name("elsewhere:1"));
    assert.equal(await tool("oras", "repo", "tags", "--plain-http", name("elsewhere")), "1\n");
    assertServed(bench);
  },
);
