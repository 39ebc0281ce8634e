import { run as runCommand, type Command } from "../measure.js";
import { gantryBuild, imageName, type GantryBuild } from "../gantry.js";
import { craneAppend } from "../peers/crane.js";
import type { BenchContext } from "../bench-context.js";
import type { Contender, Run } from "../contest.js";

type Step = () => Promise<void> | void;

/** A build with an empty cache, to an empty registry. */
export function cold(name: string, build: GantryBuild, prepare: Step = () => undefined): Contender {
  return { name, prepare, command: (run) => gantryBuild(run, build) };
}

/** The same compressed with zstd, by a Node that has it. */
export function coldZstd(
  name: string,
  build: GantryBuild,
  { zstdNode, prepare }: Pick<BenchContext, "zstdNode"> & { readonly prepare?: Step },
): Contender {
  if ("missing" in zstdNode) return { ...cold(name, build), skipped: zstdNode.missing };
  return cold(name, { ...build, compression: "zstd", node: zstdNode.path }, prepare);
}

/**
 * What was done and pushed a moment ago done again by a new process, with the cache that the first one left. `before`
 * and `between` are what happens around the first.
 */
export function again(
  name: string,
  command: (run: Run, cache: string) => Command,
  { before, between }: { readonly before?: Step; readonly between?: Step } = {},
): Contender {
  return {
    name,
    prepare: async (run) => {
      await before?.();
      await runCommand(command(run, run.kept));
      await between?.();
    },
    command: (run) => command(run, run.kept),
  };
}

/** A build that finds everything as it was. */
export function unchanged(name: string, build: GantryBuild, before?: Step): Contender {
  const command = (run: Run, cache: string) => gantryBuild(run, { ...build, cache });
  return again(name, command, before === undefined ? {} : { before });
}

/** A build that finds one file changed. */
export function changed(name: string, build: GantryBuild, change: Step): Contender {
  return again(name, (run, cache) => gantryBuild(run, { ...build, cache }), { between: change });
}

/** What a new machine does that is told to look at the image under its own tag: unchanged, with an empty cache. */
export function fromDestination(name: string, build: GantryBuild): Contender {
  return {
    name,
    prepare: (run) => runCommand(gantryBuild(run, { ...build, cache: run.kept })),
    command: (run) => gantryBuild(run, { ...build, flags: ["--cache-from", "destination"] }),
  };
}

/** crane, which knows no cache: every run is cold. */
export function crane(parent: string, folder: string, prepare: Step = () => undefined): Contender {
  return {
    name: "crane",
    needs: "crane",
    prepare,
    command: (run) => craneAppend(parent, folder, imageName(run)),
  };
}
