import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, type BenchContext } from "../bench-context.js";
import { gantry } from "../gantry.js";
import { changeOneImage, imagesSpec, manyImages } from "../workloads/many-images.js";
import { again } from "./contenders.js";
import type { Contest, Run } from "../contest.js";

/** A monorepo: what is done for each image weighs more than its files. */
export async function planContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, manyImages);
  const build = (compression: string) => (run: Run, cache: string) => {
    const spec = writeSpec(run, context);
    return gantry(run, ["build", context, "--config", spec, "--compression", compression, "--push"], {
      cache,
    });
  };
  const cold = (name: string, compression: string) => ({
    name,
    command: (run: Run) => build(compression)(run, join(run.folder, "cache")),
  });
  return {
    name: "plan",
    about: "1,000 images of one spec, each with a layer that all share and one of its own",
    reference: "gantry gzip",
    contenders: [
      cold("gantry gzip", "gzip"),
      cold("gantry none", "none"),
      again("gantry unchanged", build("gzip")),
      again("gantry one changed", build("gzip"), { between: () => changeOneImage(context) }),
    ],
    targets: [],
  };
}

/** The host is the run's own, and so is the spec that names it. */
function writeSpec({ host, folder }: Run, context: string): string {
  const spec = join(folder, "spec");
  mkdirSync(spec, { recursive: true });
  writeFileSync(join(spec, "gantry.config.json"), JSON.stringify(imagesSpec(context, host)));
  return join(spec, "gantry.config.json");
}
