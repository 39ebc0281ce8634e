import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../../../src/index.js";
import { createRegistry } from "../../../../src/registry.js";
import type { DockerfileCase } from "./case.js";
import { writeContext, writeFiles } from "./context.js";

const files = {
  "usr/bin/tool": { text: "tool", mode: 0o755 },
  bin: { link: "usr/bin" },
  lib: { link: "/usr/lib" },
  "usr/lib/so": "so",
  tmp: { folder: 0o1777 },
  root: { folder: 0o700 },
  "etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:100:101::/:/bin/sh\n",
  "etc/group": "root:x:0:\nstaff:x:50:app\n",
  "srv/data/one": { text: "1", mode: 0o600 },
  "srv/data/sub/two": "2",
  "srv/data/link": { link: "one" },
} as const;

/** A registry on this machine with an image that has the ways of a distribution's: the image's name, and how to end it. */
export async function startBase(
  folder: string,
  { onbuild }: Pick<DockerfileCase, "onbuild"> = {},
): Promise<{ readonly name: string; close(): Promise<void> }> {
  const root = join(folder, "base");
  mkdirSync(root);
  writeFiles(root, files);
  const registry = await createRegistry();
  const name = `${registry.host}/base:1`;
  await build(
    {
      tags: [name],
      platforms: ["linux/amd64"],
      files: { "/": { source: root } },
      preserveMode: true,
      env: { FROM_BASE: "yes", PATH: "/base/bin" },
      labels: { base: "1", both: "base" },
      workdir: "/srv",
      user: "app",
      entrypoint: ["/bin/tool"],
      cmd: ["serve"],
      ports: [80],
    },
    { cacheDir: join(folder, "base-cache"), outputs: [{ type: "registry" }] },
  );
  if (onbuild !== undefined) await pushTriggers(folder, name, onbuild);
  return { name, close: () => registry.close() };
}

/** Gives the image what it leaves for who builds on it. */
async function pushTriggers(folder: string, name: string, triggers: readonly string[]): Promise<void> {
  const context = join(folder, "triggers");
  mkdirSync(context);
  const lines = [`FROM ${name}`, ...triggers.map((trigger) => `ONBUILD ${trigger}`)];
  writeContext(context, { name: "triggers", dockerfile: lines.join("\n") });
  await build(
    { dockerfile: "Dockerfile", tags: [name], platforms: ["linux/amd64"] },
    { context, cacheDir: join(folder, "base-cache"), outputs: [{ type: "registry" }] },
  );
}
