import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, type BenchContext } from "../bench-context.js";
import { gantryBuild } from "../gantry.js";
import { nodeModules } from "../workloads/node-modules.js";
import type { Contender, Contest, Run } from "../contest.js";

const preload = new URL("../children/loop-delay.js", import.meta.url).href;
const longest = 50;

/** Whether a server that builds node_modules in its own process stays responsive. */
export async function eventLoopContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  const file = ({ folder }: Run) => join(folder, "delay.txt");
  const build = (name: string, compression: string): Contender => ({
    name,
    command: (run) =>
      gantryBuild(run, {
        context,
        add: ["node_modules:/app/node_modules"],
        compression,
        nodeFlags: ["--import", preload],
        env: { GANTRY_DELAY_FILE: file(run) },
      }),
    measured: (run) => ({ delayMs: Number(readFileSync(file(run), "utf8")) }),
  });
  return {
    name: "event-loop",
    about: "the longest block of the event loop during a cold build of node_modules",
    counted: false,
    contenders: [build("gantry gzip", "gzip"), build("gantry none", "none")],
    targets: [
      { metric: "delayMs", of: "gantry gzip", atMost: longest },
      { metric: "delayMs", of: "gantry none", atMost: longest },
    ],
  };
}
