import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ContextFile, DockerfileCase } from "./case.js";

/** Writes a case's Dockerfile and files into an empty folder; what has no mode of its own gets one that no umask changes. */
export function writeContext(folder: string, { dockerfile, files = {} }: DockerfileCase): void {
  chmodSync(folder, 0o755);
  const all: Readonly<Record<string, string | ContextFile>> = { Dockerfile: dockerfile, ...files };
  for (const [path, file] of Object.entries(all)) {
    const target = join(folder, path);
    makeFolder(folder, dirname(path));
    if (typeof file === "string") writeFile(target, file, 0o644);
    else if ("text" in file) writeFile(target, file.text, file.mode);
    else if ("link" in file) symlinkSync(file.link, target);
    else {
      makeFolder(folder, path);
      chmodSync(target, file.folder);
    }
  }
}

function writeFile(path: string, text: string, mode: number): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

function makeFolder(root: string, path: string): void {
  let folder = root;
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    folder = join(folder, part);
    const made = mkdirSync(folder, { recursive: true });
    if (made !== undefined) chmodSync(folder, 0o755);
  }
}
