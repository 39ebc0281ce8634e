import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readAll } from "../../src/model/digest.js";
import { decompress } from "../../src/codec/decompress.js";
import { readTar } from "../../src/tar/read.js";
import type { Image } from "../../src/index.js";

/** Unpacks an image of our own making (never do this with a stranger's) into an empty folder. */
export async function unpack({ layers }: Image, root: string): Promise<void> {
  for (const layer of layers) {
    for await (const { header, body } of readTar(
      decompress(layer.open(), { what: layer.descriptor.digest }),
    )) {
      const path = join(root, header.path);
      await mkdir(dirname(path), { recursive: true });
      if (header.type === "directory") await mkdir(path, { recursive: true });
      if (header.type === "symlink") await symlink(header.linkTarget ?? "", path);
      if (header.type !== "file") continue;
      await writeFile(path, await readAll(body, { limit: 1 << 28, what: header.path }));
      await chmod(path, header.mode);
    }
  }
}

/** The words that start a program with another root folder, or undefined where this machine allows none. */
export function findChroot(): readonly string[] | undefined {
  for (const words of [["chroot"], ["unshare", "--user", "--map-root-user", "chroot"]]) {
    try {
      execFileSync(words[0]!, [...words.slice(1), "/", "true"], { stdio: "ignore" });
      return words;
    } catch {
      // Not allowed, or not there: the next one may be.
    }
  }
  return undefined;
}

/** Starts the image's own entrypoint in its own root, fetches `/`, and stops it. */
export async function fetchPageFrom(image: Image, root: string, chroot: readonly string[]): Promise<string> {
  const { Entrypoint = [], Cmd = [], Env = [] } = image.config.config ?? {};
  const command = [...chroot.slice(1), root, ...(Entrypoint ?? []), ...(Cmd ?? [])];
  const env = Object.fromEntries(
    Env.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const child = spawn(chroot[0]!, command, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      const listen = (bytes: Buffer) => {
        said += bytes.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
        if (found !== null) resolve(found[0]);
      };
      child.stdout.on("data", listen);
      child.stderr.on("data", listen);
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`the image's program ended: ${said}`)));
    });
    return await (await fetch(address)).text();
  } finally {
    child.stdin.end();
    child.kill();
  }
}
