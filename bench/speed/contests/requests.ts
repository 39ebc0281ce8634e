import { join } from "node:path";
import { folderOf, type BenchContext } from "../bench-context.js";
import { gantryBuild, imageName } from "../gantry.js";
import { bash, run as runCommand, type Command } from "../measure.js";
import { small } from "../workloads/small.js";
import type { Contender, Contest, Run } from "../contest.js";

/** One new layer on a base of one layer that is in another repository of the registry: one tag, no tokens. */
export async function requestsContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, small);
  const gantry = (run: Run) =>
    gantryBuild(run, { context, base: baseName(run), add: ["dist:/app/dist"], cache: run.kept });
  const crane = (run: Run) => craneOnBase(context, run);
  return {
    name: "requests",
    about: "one new layer on a one-layer base that is in another repository of the registry",
    most: 0,
    contenders: [
      { name: "crane", needs: "crane", ...onPushedBase(context, crane) },
      { name: "crane unchanged", needs: "crane", ...onPushedBase(context, crane, crane) },
      { name: "gantry", ...onPushedBase(context, gantry) },
      { name: "gantry unchanged", ...onPushedBase(context, gantry, gantry) },
    ],
    targets: [
      { metric: "requests", of: "gantry", atMost: 10 },
      { metric: "requests", of: "gantry unchanged", atMost: 2 },
    ],
  };
}

/** The base is pushed first, and what is counted may have been done once before. */
function onPushedBase(
  context: string,
  command: (run: Run) => Command,
  first?: (run: Run) => Command,
): Pick<Contender, "prepare" | "command"> {
  return {
    prepare: async (run) => {
      await runCommand(pushBase(context, run));
      if (first !== undefined) await runCommand(first(run));
    },
    command,
  };
}

function pushBase(context: string, run: Run): Command {
  const cache = join(run.folder, "base-cache");
  return gantryBuild(run, { context, add: ["base:/lib"], cache, name: baseName(run) });
}

function baseName({ host }: Run): string {
  return `${host}/base/library:1`;
}

function craneOnBase(context: string, run: Run): Command {
  const tar = 'tar --sort=name --owner=0 --group=0 --mtime=@0 -C "$1" -cf - dist';
  const line = `${tar} | crane append --insecure -b "$2" -f - -t "$3"`;
  return { argv: bash(line, context, baseName(run), imageName(run)) };
}
