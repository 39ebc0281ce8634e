import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatPlatform } from "../../../model/platform.js";
import type { NamedContext } from "../stages/named-context.js";
import { folderOfLayout } from "./folder-of-layout.js";
import { layoutOfFolder } from "./layout-of-folder.js";
import type { Engine } from "./engine.js";
import { pairs, readContext } from "./words.js";

/**
 * By buildah. Its image gets no name, so that nothing has to be taken away again and its steps stay in its cache; docker's
 * format has HEALTHCHECK, SHELL and ONBUILD, and only `dir:` hands it out as it is.
 */
export const buildah: Engine = async (build, run) => {
  const { dockerfile, ignoreFile, target, context, contexts, platform, noCache, output } = build;
  const [idFile, folder] = [join(output, "id"), join(output, "layout")];
  const named: string[][] = [];
  for (const [name, value] of contexts) {
    const to = { platform, folder: join(output, `context-${named.length}`) };
    named.push(["--build-context", `${name}=${await formatContext(value, to)}`]);
  }
  await run([
    ...["build", "--layers", "--force-rm", "--format", "docker", "--identity-label=false"],
    ...["--timestamp", String(build.mtime), "--platform", formatPlatform(platform)],
    ...(target === undefined ? [] : ["--target", target]),
    ...(noCache ? ["--no-cache"] : []),
    ...pairs("--build-arg", build.buildArgs),
    ...named.flat(),
    ...["--ignorefile", ignoreFile, "--iidfile", idFile, "--file", dockerfile, context],
  ]);
  const id = (await readFile(idFile, "utf8")).trim();
  await run(["push", "--quiet", id, `dir:${folder}`]);
  await layoutOfFolder(folder);
  return folder;
};

/** It knows no layouts as contexts, but takes any image that its other commands take. */
async function formatContext(
  context: NamedContext,
  to: Parameters<typeof folderOfLayout>[1],
): Promise<string> {
  const read = readContext(context);
  if (read.type === "folder") return read.root;
  return `docker-image://${read.type === "image" ? read.reference : await folderOfLayout(read.place, to)}`;
}
