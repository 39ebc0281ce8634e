import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parsePlatform } from "../../../src/model/platform.js";
import { cases } from "./cases/cases.js";
import { startBase } from "./cases/base-image.js";
import { startRemote } from "./cases/remote-server.js";
import { writeContext, writeNamedContexts } from "./cases/context.js";
import { readGoldenOutcomes, writeGoldenOutcomes } from "./golden-outcomes.js";
import { outcomeOf } from "./outcome.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

/**
 * Has BuildKit build every case and writes what came of it to test/golden/dockerfile/buildkit.json. Needs `buildctl` on the PATH
 * and a buildkitd that it finds: `node build/test/frontends/dockerfile/write-golden-outcomes.js [--new]`; `--new` builds only
 * the cases that are not there yet.
 */
const known = process.argv.includes("--new") ? readGoldenOutcomes() : {};
const outcomes: Record<string, Outcome> = {};
for (const each of cases) {
  try {
    outcomes[each.name] = known[each.name] ?? (await buildByBuildKit(each));
    console.log(each.name);
  } catch (error) {
    console.log(`refused: ${each.name}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
writeGoldenOutcomes(outcomes);

async function buildByBuildKit(each: DockerfileCase): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-golden-"));
  const context = mkdtempSync(join(folder, "context-"));
  const layout = join(folder, "layout");
  const base = each.onBase === true ? await startBase(folder, each) : undefined;
  const remote = each.remote === true ? await startRemote(folder) : undefined;
  try {
    writeContext(context, each);
    const { target, platform = "linux/amd64" } = each;
    const buildArgs = {
      ...each.buildArgs,
      ...(base === undefined ? {} : { BASE: base.name }),
      ...remote?.buildArgs,
    };
    const options = [
      `platform=${platform}`,
      ...(target === undefined ? [] : [`target=${target}`]),
      ...Object.entries(buildArgs).map(([name, value]) => `build-arg:${name}=${value}`),
    ].flatMap((option) => ["--opt", option]);
    const named = Object.entries(writeNamedContexts(folder, each)).flatMap(([name, path]) => [
      ...["--opt", `context:${name}=local:${name}`, "--local", `${name}=${path}`],
    ]);
    const elsewhere = remote?.contextOf(each);
    const where =
      elsewhere === undefined
        ? ["--local", `context=${context}`, "--local", `dockerfile=${context}`]
        : ["--opt", `context=${elsewhere}`];
    const output = ["--output", `type=oci,tar=false,dest=${layout}`];
    // What --exclude leaves out is no part of BuildKit's cache key: a file of another build could come out.
    const how = ["build", "--no-cache", "--frontend", "dockerfile.v0"];
    await promisify(execFile)("buildctl", [...how, ...where, ...named, ...options, ...output]);
    const outcome = await outcomeOf(layout, parsePlatform(platform));
    return remote?.comparable(outcome) ?? outcome;
  } finally {
    await base?.close();
    await remote?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
