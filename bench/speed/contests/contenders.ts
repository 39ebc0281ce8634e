import { run as runCommand } from "../measure.js";
import { gantryBuild, imageName, type GantryBuild } from "../gantry.js";
import { craneAppend } from "../peers/crane.js";
import type { BenchContext } from "../bench-context.js";
import type { Contender, Run } from "../contest.js";

/** A build with an empty cache, to an empty registry. */
export function cold(name: string, build: GantryBuild, prepare?: () => Promise<void> | void): Contender {
  return {
    name,
    ...(prepare === undefined ? {} : { prepare }),
    command: (run) => gantryBuild(run, build),
  };
}

/** The same compressed with zstd, by a Node that has it. */
export function coldZstd(
  name: string,
  build: GantryBuild,
  { zstdNode }: Pick<BenchContext, "zstdNode">,
): Contender {
  if ("missing" in zstdNode) return { ...cold(name, build), skipped: zstdNode.missing };
  return cold(name, { ...build, compression: "zstd", node: zstdNode.path });
}

/** A build of what was built and pushed a moment ago, by a new process. `between` is what happens after the first. */
export function again(name: string, build: GantryBuild, between?: () => Promise<void> | void): Contender {
  const command = (run: Run) => gantryBuild(run, build, run.kept);
  return {
    name,
    prepare: async (run) => {
      await runCommand(command(run));
      await between?.();
    },
    command,
  };
}

/** What a new machine does that is told to look at the image under its own tag: unchanged, with an empty cache. */
export function fromDestination(name: string, build: GantryBuild): Contender {
  const { flags = ["--base", "scratch"] } = build;
  const reusing = { ...build, flags: [...flags, "--cache-from", "destination"] };
  return {
    name,
    prepare: (run) => runCommand(gantryBuild(run, build, run.kept)),
    command: (run) => gantryBuild(run, reusing),
  };
}

/** crane, which knows no cache: every run is cold. */
export function crane(parent: string, folder: string, prepare?: () => void): Contender {
  return {
    name: "crane",
    needs: "crane",
    ...(prepare === undefined ? {} : { prepare }),
    command: (run) => craneAppend(parent, folder, imageName(run)),
  };
}
