import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { noDebianRegistry, startDebianRegistry } from "../places/registry/debian-registry.js";
import { createSandbox } from "../support/cli.js";
import { debianBase, lacking, noChroot, noDebianBase, tool } from "../support/tools.js";
import type { Sandbox } from "../support/cli.js";

const skip = noDebianBase || noDebianRegistry || lacking("skopeo", "umoci");

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
  readonly annotations: Readonly<Record<string, string>>;
}

interface Config {
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
}

/** The Debian base in a registry of its own run, and a sandbox. */
async function prepare(
  t: TestContext,
): Promise<Sandbox & { readonly registry: string; readonly base: string }> {
  const registry = await startDebianRegistry(t);
  const base = `${registry}/debian:12`;
  await tool("skopeo", "copy", "--dest-tls-verify=false", `oci:${debianBase}:12`, `docker://${base}`);
  return { ...createSandbox(t), registry, base };
}

async function readBack(
  reference: string,
): Promise<{ readonly manifest: Manifest; readonly config: Config }> {
  const [manifest, config] = await Promise.all([
    tool("skopeo", "inspect", "--tls-verify=false", "--raw", `docker://${reference}`),
    tool("skopeo", "inspect", "--tls-verify=false", "--config", `docker://${reference}`),
  ]);
  return { manifest: JSON.parse(manifest) as Manifest, config: JSON.parse(config) as Config };
}

test(
  "an image on a real Debian keeps the base's layers, configuration and history and adds its own",
  { skip },
  async (t) => {
    const { folder, gantry, registry, base } = await prepare(t);
    writeFileSync(join(folder, "index.html"), "hi\n");
    await gantry(
      ...[
        "build",
        "--base",
        base,
        "--platform",
        "linux/amd64",
        "--add",
        "index.html:/www/",
        "--env",
        "PORT=1",
      ],
      ...["--workdir", "app", "--expose", "8080", "--label", "mine=1", "-t", `${registry}/web:1`, "--push"],
    );
    const before = await readBack(base);
    const after = await readBack(`${registry}/web:1`);
    const digests = (manifest: Manifest) => manifest.layers.map(({ digest }) => digest);
    assert.deepEqual(digests(after.manifest).slice(0, -1), digests(before.manifest));
    assert.equal(after.manifest.annotations["org.opencontainers.image.base.name"], base);
    assert.match(after.manifest.annotations["org.opencontainers.image.base.digest"]!, /^sha256:/);
    assert.deepEqual(after.config.config, {
      ...before.config.config,
      Env: [...(before.config.config.Env as string[]), "PORT=1"],
      WorkingDir: "/srv/app",
      ExposedPorts: { "8080/tcp": {}, "9/tcp": {} },
      Labels: { maker: "debian", mine: "1" },
    });
    assert.deepEqual(after.config.rootfs.diff_ids.slice(0, -1), before.config.rootfs.diff_ids);
    const layers = after.config.history.filter((entry) => entry.empty_layer !== true);
    assert.equal(layers.length, after.config.rootfs.diff_ids.length);
  },
);

test(
  "the image really runs: its own entrypoint answers over HTTP in its own root",
  { skip: skip || noChroot },
  async (t) => {
    const { folder, gantry, registry, base } = await prepare(t);
    const port = await freePort();
    writeFileSync(join(folder, "index.html"), "served from an image\n");
    const entrypoint = ["/usr/bin/busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", "/www"];
    await gantry(
      ...["build", "--base", base, "--platform", "linux/amd64", "--add", "index.html:/www/index.html"],
      ...["--entrypoint", JSON.stringify(entrypoint), "-t", `${registry}/web:1`, "--push"],
    );
    const layout = join(folder, "layout");
    await tool("skopeo", "copy", "--src-tls-verify=false", `docker://${registry}/web:1`, `oci:${layout}:1`);
    await tool("umoci", "unpack", "--image", `${layout}:1`, join(folder, "bundle"));
    const spec = JSON.parse(readFileSync(join(folder, "bundle", "config.json"), "utf8")) as {
      process: { args: string[] };
    };
    assert.deepEqual(spec.process.args, entrypoint);
    const child = spawn("chroot", [join(folder, "bundle", "rootfs"), ...spec.process.args], {
      stdio: "ignore",
    });
    t.after(async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    });
    assert.equal(await (await fetchUntilUp(`http://127.0.0.1:${port}/`)).text(), "served from an image\n");
  },
);

test(
  "with --base-tree never a folder of the base is reached through its real path, not through its link",
  { skip },
  async (t) => {
    const { folder, run, registry, base } = await prepare(t);
    writeFileSync(join(folder, "tool"), "x", { mode: 0o755 });
    const flags = [
      "build",
      "--base",
      base,
      "--platform",
      "linux/amd64",
      "-t",
      `${registry}/x:1`,
      "--push",
      "--base-tree",
      "never",
      "--add",
    ];
    const refused = await run([...flags, "tool:/bin/tool"]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /\/bin.*\/usr\/bin\/tool/);
    assert.equal((await run([...flags, "tool:/usr/bin/tool"])).status, 0);
  },
);

test(
  "a program added to /bin of a real Debian runs from there: the link stays, and /tmp is everybody's",
  { skip: noDebianBase || lacking("umoci") || noChroot },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    writeFileSync(join(folder, "tool"), "#!/bin/sh\necho it runs\n", { mode: 0o755 });
    await gantry(
      ...["build", "--base", `oci-layout:${debianBase}:12`, "--platform", "linux/amd64", "-t", "app:1"],
      ...["--add", "tool:/bin/tool", "--add", "tool:/tmp/", "--add", "tool:/root/bin/"],
      ...["-o", "type=oci,dest=out"],
    );
    const layout = JSON.parse(readFileSync(join(folder, "out", "index.json"), "utf8")) as {
      readonly manifests: readonly { readonly annotations: Readonly<Record<string, string>> }[];
    };
    const name = layout.manifests[0]!.annotations["org.opencontainers.image.ref.name"];
    const bundle = join(folder, "bundle");
    await tool("umoci", "unpack", "--image", `${join(folder, "out")}:${name}`, bundle);
    const rootfs = join(bundle, "rootfs");
    assert.equal(readlinkSync(join(rootfs, "bin")), "usr/bin");
    assert.deepEqual(
      ["tmp", "root", "usr/bin"].map((path) => (lstatSync(join(rootfs, path)).mode & 0o7777).toString(8)),
      ["1777", "700", "755"],
    );
    assert.equal(await tool("chroot", rootfs, "/bin/tool"), "it runs\n");
  },
);

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** busybox says nothing when it listens: asking is the only way to know. */
async function fetchUntilUp(url: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (tries > 2000) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
