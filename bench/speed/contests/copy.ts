import { rmSync } from "node:fs";
import { join } from "node:path";
import { folderOf, type BenchContext } from "../bench-context.js";
import { gantry, gantryBuild, imageName } from "../gantry.js";
import { run as runCommand } from "../measure.js";
import { copiers } from "../peers/copiers.js";
import { startRealRegistry } from "../registries.js";
import { image, imageLayers } from "../workloads/image.js";
import { copyLimit } from "./limits.js";
import type { Contest } from "../contest.js";

/** From one real registry to another, both on this machine. */
export async function copyContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, image);
  const source = { host: await startRealRegistry(bench.ends), folder: context, kept: context };
  const cache = join(bench.scratch, "copy-cache");
  await runCommand(gantryBuild(source, { context, add: imageLayers, cache }));
  rmSync(cache, { recursive: true, force: true });
  return {
    name: "copy",
    about: "an image of 168 MB in five layers, from one registry to another",
    reference: "crane",
    contenders: [
      ...copiers(imageName(source)),
      { name: "gantry", command: (run) => gantry(run, ["copy", imageName(source), imageName(run)]) },
      copyLimit("moved alone", source.host),
    ],
    targets: [{ metric: "seconds", of: "gantry", to: "crane", atMost: 0.8, limit: "moved alone" }],
  };
}
