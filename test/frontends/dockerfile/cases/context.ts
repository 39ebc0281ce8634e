import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DockerfileCase } from "./case.js";

/** Writes the folders that a case names beside its context into an empty folder: their paths by name. */
export function writeNamedContexts(
  folder: string,
  { contexts = {} }: DockerfileCase,
): Record<string, string> {
  const written = Object.entries(contexts).map(([name, files]) => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFiles(path, files);
    return [name, path] as const;
  });
  return Object.fromEntries(written);
}

/** Writes a case's Dockerfile and files into an empty folder; what has no mode of its own gets one that no umask changes. */
export function writeContext(folder: string, { dockerfile, files = {} }: DockerfileCase): void {
  writeFiles(folder, { Dockerfile: dockerfile, ...files });
}

/** Writes files into a folder that is there. */
export function writeFiles(folder: string, files: NonNullable<DockerfileCase["files"]>): void {
  chmodSync(folder, 0o755);
  for (const [path, file] of Object.entries(files)) {
    const target = join(folder, path);
    makeFolder(folder, dirname(path));
    if (typeof file === "string" || file instanceof Uint8Array) writeFile(target, file, 0o644);
    else if ("text" in file) writeFile(target, file.text, file.mode);
    else if ("link" in file) symlinkSync(file.link, target);
    else if ("same" in file) linkSync(join(folder, file.same), target);
    else {
      makeFolder(folder, path);
      chmodSync(target, file.folder);
    }
  }
}

function writeFile(path: string, content: string | Uint8Array, mode: number): void {
  writeFileSync(path, content);
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
