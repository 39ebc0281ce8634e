import { basename, dirname, join } from "node:path";
import { formatPlatform } from "../../../model/platform.js";
import { openLayout } from "../../../places/layout/layout.js";
import { splitLayout } from "../../../places/layout/split-layout.js";
import type { NamedContext } from "../stages/named-context.js";
import type { Engine } from "./engine.js";
import { ociOutput, pairs, readContext, withEpoch } from "./words.js";

/** By `buildctl`, in the BuildKit that its environment names. */
export const buildctl: Engine = async (build, run) => {
  const { dockerfile, target, context, contexts, platform, noCache, output } = build;
  const layout = join(output, "layout");
  const named = await Promise.all([...contexts].map(namedContext));
  await run([
    ...["build", "--progress", "plain", "--frontend", "dockerfile.v0"],
    ...["--local", `context=${context}`, "--local", `dockerfile=${dirname(dockerfile)}`],
    ...["--opt", `filename=${basename(dockerfile)}`, "--opt", `platform=${formatPlatform(platform)}`],
    ...(target === undefined ? [] : ["--opt", `target=${target}`]),
    ...(noCache ? ["--no-cache"] : []),
    ...pairs("--opt", withEpoch(build), "build-arg:"),
    ...named.flat(),
    ...["--output", ociOutput(layout)],
  ]);
  return layout;
};

/** Folders and layouts have names of their own there, which must not be "context" or "dockerfile". */
async function namedContext(
  [name, value]: readonly [string, NamedContext],
  index: number,
): Promise<readonly string[]> {
  const context = readContext(value);
  const opt = (what: string) => ["--opt", `context:${name}=${what}`];
  const own = `named-${index}`;
  if (context.type === "image") return opt(`docker-image://${context.reference}`);
  if (context.type === "folder") return ["--local", `${own}=${context.root}`, ...opt(`local:${own}`)];
  const [folder, wanted] = splitLayout(context.place);
  // BuildKit reads no index.json there: it is told the digest.
  const { digest } = await openLayout(folder, { token: () => own }).resolve(wanted);
  return ["--oci-layout", `${own}=${folder}`, ...opt(`oci-layout://${own}@${digest}`)];
}
