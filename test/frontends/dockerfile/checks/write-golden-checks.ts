import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startBase } from "../cases/base-image.js";
import { writeContext } from "../cases/context.js";
import { baseImage, type BuildWarning, type CheckCase, type CheckOutcome } from "./cases/case.js";
import { checkCases } from "./cases/cases.js";
import { readGoldenChecks, writeGoldenChecks } from "./golden-checks.js";

/**
 * Has BuildKit check and build every case and writes what came of it to test/golden/dockerfile/checks.json. Needs `buildctl`
 * on the PATH and a buildkitd that it finds: `node build/test/frontends/dockerfile/checks/write-golden-checks.js [--new]`;
 * `--new` takes only the cases that are not there yet.
 */
const known = process.argv.includes("--new") ? readGoldenChecks() : {};
const outcomes: Record<string, CheckOutcome> = {};
for (const each of checkCases) {
  outcomes[each.name] = known[each.name] ?? (await askBuildKit(each));
  console.log(each.name);
}
writeGoldenChecks(outcomes);

async function askBuildKit(each: CheckCase): Promise<CheckOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-golden-"));
  const context = mkdtempSync(join(folder, "context-"));
  const base = each.onBase === true ? await startBase(folder) : undefined;
  const anonymous = (text: string) => (base === undefined ? text : text.replaceAll(base.name, baseImage));
  try {
    writeContext(context, each);
    const buildArgs = { ...each.buildArgs, ...(base === undefined ? {} : { BASE: base.name }) };
    const options = [
      ...(each.target === undefined ? [] : [`target=${each.target}`]),
      ...Object.entries(buildArgs).map(([name, value]) => `build-arg:${name}=${value}`),
    ].flatMap((option) => ["--opt", option]);
    const where = ["--local", `context=${context}`, "--local", `dockerfile=${context}`];
    const ask = ["build", "--no-cache", "--frontend", "dockerfile.v0", ...where, ...options];
    const checked = await run([...ask, "--opt", "requestid=frontend.lint"]);
    const check = anonymous(checked.stdout);
    if (each.onlyChecked === true) return { check };
    const { stderr } = await run([...ask, "--opt", "platform=linux/amd64", "--progress", "rawjson"]);
    return { check, build: buildOf(anonymous(stderr)) };
  } finally {
    await base?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the command printed, whether or not it failed. */
async function run(argv: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)("buildctl", argv).catch((error: { stdout: string; stderr: string }) => error);
}

/** Texts are in base64 in a line of JSON for each change. */
function buildOf(stderr: string): NonNullable<CheckOutcome["build"]> {
  const lines = stderr.split("\n");
  const warnings = lines
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => (JSON.parse(line) as { warnings?: readonly RawWarning[] }).warnings ?? [])
    .map(({ short, detail, url }): BuildWarning => {
      const about = { short: decoded(short), description: detail.map(decoded).join("\n") };
      return url === undefined ? about : { ...about, url };
    });
  const error = /^error: failed to solve: (.*)$/m.exec(stderr)?.[1];
  return {
    warnings: warnings.toSorted((one, other) => (one.short < other.short ? -1 : 1)),
    ...(error === undefined ? {} : { error }),
  };
}

interface RawWarning {
  readonly short: string;
  readonly detail: readonly string[];
  readonly url?: string;
}

function decoded(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
