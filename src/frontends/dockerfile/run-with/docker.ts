import { join } from "node:path";
import { formatPlatform } from "../../../model/platform.js";
import type { NamedContext } from "../stages/named-context.js";
import type { Engine } from "./engine.js";
import { ociOutput, pairs, readContext, withEpoch } from "./words.js";

/** By `docker buildx`, with whichever builder is the user's. */
export const docker: Engine = async (build, run) => {
  const { dockerfile, target, context, contexts, platform, noCache, output } = build;
  const layout = join(output, "layout");
  await run([
    ...["buildx", "build", "--progress", "plain", "--provenance=false"],
    ...["--platform", formatPlatform(platform)],
    ...(target === undefined ? [] : ["--target", target]),
    ...(noCache ? ["--no-cache"] : []),
    ...pairs("--build-arg", withEpoch(build)),
    ...[...contexts].flatMap(([name, value]) => ["--build-context", `${name}=${formatContext(value)}`]),
    ...["--output", ociOutput(layout), "--file", dockerfile, context],
  ]);
  return layout;
};

function formatContext(context: NamedContext): string {
  const read = readContext(context);
  if (read.type === "folder") return read.root;
  return read.type === "image" ? `docker-image://${read.reference}` : `oci-layout://${read.place}`;
}
