import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatPlatform } from "../../../model/platform.js";
import type { NamedContext } from "../stages/named-context.js";
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
  await run([
    ...["build", "--layers", "--force-rm", "--format", "docker", "--identity-label=false"],
    ...["--timestamp", String(build.mtime), "--platform", formatPlatform(platform)],
    ...(target === undefined ? [] : ["--target", target]),
    ...(noCache ? ["--no-cache"] : []),
    ...pairs("--build-arg", build.buildArgs),
    ...[...contexts].flatMap(([name, value]) => ["--build-context", `${name}=${formatContext(value)}`]),
    ...["--ignorefile", ignoreFile, "--iidfile", idFile, "--file", dockerfile, context],
  ]);
  const id = (await readFile(idFile, "utf8")).trim();
  await run(["push", "--quiet", id, `dir:${folder}`]);
  await layoutOfFolder(folder);
  return folder;
};

/** It knows no layouts as contexts, but takes any image that its other commands take. */
function formatContext(context: NamedContext): string {
  const read = readContext(context);
  if (read.type === "folder") return read.root;
  return `docker-image://${read.type === "image" ? read.reference : `oci:${read.place}`}`;
}
