import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gantry, imageName } from "../gantry.js";
import { run as runCommand } from "../measure.js";
import type { Depth } from "../children/least-work.js";
import type { Contender, Run } from "../contest.js";

/*
 * No builders: what a build cannot leave out is done and nothing else, by the fastest means that Node has here. A target
 * below the time of its limit cannot be met on this machine.
 */

/** What is to be done with a folder's files at the least. */
export interface Limit {
  readonly depth: Depth;
  /** The folder that holds the one that is built. */
  readonly context: string;
  readonly folder: string;
}

interface LimitOptions {
  readonly node?: string;
  readonly skipped?: string | undefined;
}

const least = fileURLToPath(new URL("../children/least.js", import.meta.url));
const leastChange = fileURLToPath(new URL("../children/least-change.js", import.meta.url));
const leastCopy = fileURLToPath(new URL("../children/least-copy.js", import.meta.url));

/** For builds that send nothing. */
export function localLimit(name: string, { depth, context, folder }: Limit): Contender {
  return { name, command: () => ({ argv: [process.execPath, least, depth, join(context, folder)] }) };
}

/** For cold builds: while the files are worked on, a layer is sent that Gantry made of them before. */
export function sendingLimit(
  name: string,
  limit: Limit,
  { node = process.execPath, skipped }: LimitOptions = {},
): Contender {
  let layer: readonly string[] | undefined;
  return {
    name,
    skipped,
    prepare: async (run) => {
      layer ??= await makeLayer(run, limit, node);
    },
    command: ({ host }) => ({
      argv: [node, least, limit.depth, join(limit.context, limit.folder), host, ...(layer ?? [])],
    }),
  };
}

/** For builds of which one small layer changed: a folder is listed, and an image of the small one alone is sent. */
export function changeLimit(
  name: string,
  {
    context,
    folder,
    changed,
  }: { readonly context: string; readonly folder: string; readonly changed: string },
): Contender {
  let layout: string | undefined;
  return {
    name,
    prepare: async (run) => {
      layout ??= await makeLayout(run, { context, folder: changed, compression: "gzip" });
    },
    command: ({ host }) => ({
      argv: [process.execPath, leastChange, join(context, folder), host, layout ?? ""],
    }),
  };
}

/** For copies of an image of the name that every contender has, from one registry. */
export function copyLimit(name: string, from: string): Contender {
  return {
    name,
    command: (run) => ({
      argv: [process.execPath, leastCopy, from, imageName(run).slice(run.host.length + 1), run.host],
    }),
  };
}

/** The file of the folder's layer and its digest. */
async function makeLayer(
  run: Run,
  { depth, context, folder }: Limit,
  node: string,
): Promise<readonly [string, string]> {
  const compression = depth === "gzip" || depth === "zstd" ? depth : "none";
  const layout = await makeLayout(run, { context, folder, compression, node });
  const fileOf = (digest: string) => join(layout, "blobs", ...digest.split(":"));
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Documents;
  const { manifests: [root] = [] } = read(join(layout, "index.json"));
  const { layers: [layer] = [] } = read(fileOf(root!.digest));
  return [fileOf(layer!.digest), layer!.digest];
}

/** A layout of an image with a folder of the context as its one layer. */
async function makeLayout(
  run: Run,
  {
    context,
    folder,
    compression,
    node,
  }: Pick<Limit, "context" | "folder"> & { readonly compression: string; readonly node?: string },
): Promise<string> {
  const layout = join(run.kept, "layout");
  const to = ["--compression", compression, "-o", `type=oci,dest=${layout}`];
  const args = ["build", context, "--base", "scratch", "--add", `${folder}:/app/${folder}`, ...to];
  await runCommand(gantry(run, args, { node }));
  rmSync(join(run.folder, "cache"), { recursive: true, force: true });
  return layout;
}

interface Documents {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly layers?: readonly { readonly digest: string }[];
}
