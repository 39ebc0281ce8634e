import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePlatform } from "../../../src/model/platform.js";
import { cases } from "./cases/cases.js";
import { writeContext } from "./cases/context.js";
import { readGoldenOutcomes, writeGoldenOutcomes } from "./golden-outcomes.js";
import { outcomeOf } from "./outcome.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

/**
 * Has BuildKit build every case and writes what came of it to test/golden/dockerfile.json. Needs `buildctl` on the PATH
 * and a buildkitd that it finds: `node build/test/frontends/dockerfile/write-golden-outcomes.js [--new]`; `--new` builds only
 * the cases that are not there yet.
 */
const known = process.argv.includes("--new") ? readGoldenOutcomes() : {};
const outcomes: Record<string, Outcome> = {};
for (const each of cases) {
  outcomes[each.name] = known[each.name] ?? (await buildByBuildKit(each));
  console.log(each.name);
}
writeGoldenOutcomes(outcomes);

async function buildByBuildKit(each: DockerfileCase): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-golden-"));
  const context = mkdtempSync(join(folder, "context-"));
  const layout = join(folder, "layout");
  try {
    writeContext(context, each);
    const { target, buildArgs = {}, platform = "linux/amd64" } = each;
    const options = [
      `platform=${platform}`,
      ...(target === undefined ? [] : [`target=${target}`]),
      ...Object.entries(buildArgs).map(([name, value]) => `build-arg:${name}=${value}`),
    ].flatMap((option) => ["--opt", option]);
    const where = ["--local", `context=${context}`, "--local", `dockerfile=${context}`];
    const output = ["--output", `type=oci,tar=false,dest=${layout}`];
    // What --exclude leaves out is no part of BuildKit's cache key: a file of another build could come out.
    const args = ["build", "--no-cache", "--frontend", "dockerfile.v0", ...where, ...options, ...output];
    execFileSync("buildctl", args, { stdio: ["ignore", "ignore", "inherit"] });
    return await outcomeOf(layout, parsePlatform(platform));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
