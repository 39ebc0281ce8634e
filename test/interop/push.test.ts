import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noDebianRegistry, startDebianRegistry } from "../places/registry/debian-registry.js";
import { createSandbox } from "../support/cli.js";
import { lacking, tool } from "../support/tools.js";

interface SkopeoInspection {
  readonly Digest: string;
  readonly Architecture: string;
  readonly Os: string;
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Layers: readonly string[];
}

test(
  "one file on scratch, pushed to Debian's docker-registry, is read back by skopeo",
  { skip: noDebianRegistry || lacking("skopeo") },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    const registry = await startDebianRegistry(t);
    writeFileSync(join(folder, "hello.txt"), "hello\n");
    const flags = [
      "--base",
      "scratch",
      "--add",
      "hello.txt:/hello.txt",
      "--env",
      "GREETING=hello",
      "--label",
      "a=b",
    ];
    const printed = await gantry(
      "build",
      ...flags,
      "--platform",
      "linux/arm64",
      "-t",
      `${registry}/one:1`,
      "--push",
    );
    const reference = `docker://${registry}/one:1`;
    const raw = await tool("skopeo", "inspect", "--tls-verify=false", "--override-arch=arm64", reference);
    const found = JSON.parse(raw) as SkopeoInspection;
    assert.equal(printed.trim(), `${registry}/one@${found.Digest}`);
    assert.deepEqual([found.Os, found.Architecture], ["linux", "arm64"]);
    assert.deepEqual(found.Env, ["GREETING=hello"]);
    assert.deepEqual(found.Labels, { a: "b" });
    assert.equal(found.Layers.length, 1);
  },
);

test(
  "an index of two platforms passes crane validate, and its layers are what GNU tar lists",
  { skip: noDebianRegistry || lacking("crane", "tar") },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    const registry = await startDebianRegistry(t);
    for (const architecture of ["amd64", "arm64"]) {
      mkdirSync(join(folder, "bin", architecture), { recursive: true });
      writeFileSync(join(folder, "bin", architecture, "tool"), `tool for ${architecture}\n`, { mode: 0o755 });
    }
    mkdirSync(join(folder, "site", "deep"), { recursive: true });
    writeFileSync(join(folder, "site", "deep", `${"long".repeat(40)}.txt`), "long name\n");
    writeFileSync(join(folder, "site", "ünïcode"), "name\n");
    symlinkSync("deep", join(folder, "site", "link"));
    await gantry(
      ...["build", "--base", "scratch", "--add", "bin/${TARGETARCH}/tool:/bin/tool", "--add", "site:/site"],
      ...[
        "--platform",
        "linux/amd64,linux/arm64",
        "--compression",
        "gzip",
        "-t",
        `${registry}/two:1`,
        "--push",
      ],
    );
    await tool("crane", "validate", "--insecure", "--remote", `${registry}/two:1`);
    const tar = join(folder, "export.tar");
    await tool("crane", "export", "--insecure", "--platform", "linux/arm64", `${registry}/two:1`, tar);
    const listing = await tool("tar", "--quoting-style=literal", "-tf", tar);
    for (const path of ["bin/tool", "site/link", "site/ünïcode", `site/deep/${"long".repeat(40)}.txt`]) {
      assert.ok(listing.split("\n").includes(path), path);
    }
    assert.equal(await tool("tar", "-xOf", tar, "bin/tool"), "tool for arm64\n");
  },
);

test(
  "a pushed image copied by skopeo to a folder keeps its digest and is unpacked by umoci",
  { skip: noDebianRegistry || lacking("skopeo", "umoci") },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    const registry = await startDebianRegistry(t);
    writeFileSync(join(folder, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    const flags = ["--base", "scratch", "--add", "run.sh:/app/run.sh", "--user", "7:8", "--workdir", "/app"];
    const printed = await gantry(
      "build",
      ...flags,
      "--platform",
      "linux/amd64",
      "-t",
      `${registry}/app:1`,
      "--push",
    );
    const layout = join(folder, "copied");
    await tool(
      "skopeo",
      "copy",
      "--preserve-digests",
      "--src-tls-verify=false",
      `docker://${registry}/app:1`,
      `oci:${layout}:1`,
    );
    const inspected = await gantry("inspect", "--json", `oci:${layout}:1`);
    const { digest } = (JSON.parse(inspected) as { descriptor: { digest: string } }).descriptor;
    assert.equal(printed.trim(), `${registry}/app@${digest}`);
    await tool("umoci", "unpack", "--rootless", "--image", `${layout}:1`, join(folder, "bundle"));
    const listing = await tool("ls", "-l", join(folder, "bundle", "rootfs", "app", "run.sh"));
    assert.match(listing, /^-rwxr-xr-x/);
  },
);
