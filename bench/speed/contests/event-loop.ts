import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf, type BenchContext } from "../bench-context.js";
import { imageName } from "../gantry.js";
import { nodeModules } from "../workloads/node-modules.js";
import type { Contender, Contest, Run } from "../contest.js";

const buildInProcess = fileURLToPath(new URL("../children/build-in-process.js", import.meta.url));
const longest = 50;

/** Whether a server that builds node_modules in its own process stays responsive. */
export async function eventLoopContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  return {
    name: "event-loop",
    about: "the longest block of the event loop while the library builds node_modules, cold",
    counted: false,
    contenders: [contender("gantry gzip", context, "gzip"), contender("gantry none", context, "none")],
    targets: [
      { metric: "delayMs", of: "gantry gzip", atMost: longest },
      { metric: "delayMs", of: "gantry none", atMost: longest },
    ],
  };
}

function contender(name: string, context: string, compression: string): Contender {
  const report = ({ folder }: Run) => join(folder, "delay.txt");
  const files = { "/app/node_modules": "node_modules" };
  return {
    name,
    command: (run) => {
      const request = { name: "app", tags: [imageName(run)], files, compression };
      const cacheDir = join(run.folder, "cache");
      const options = { context, cacheDir, outputs: [{ type: "registry" }] };
      const args = [report(run), JSON.stringify(request), JSON.stringify(options)];
      return { argv: [process.execPath, buildInProcess, ...args] };
    },
    measured: (run) => ({ delayMs: Number(readFileSync(report(run), "utf8")) }),
  };
}
