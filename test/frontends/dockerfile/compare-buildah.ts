import { isDeepStrictEqual } from "node:util";
import { Semaphore } from "../../../src/concurrency.js";
import { buildByBuildah } from "./build-by-buildah.js";
import { buildahDifference } from "./buildah-differences.js";
import { cases } from "./cases/cases.js";
import { readGoldenOutcomes } from "./golden-outcomes.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

/**
 * Has buildah build every case and compares tree and configuration with what BuildKit made of it, which is what Gantry
 * makes of it. Exits 1 where one is not the same that should be, or is the same where a difference is listed.
 */
const golden = readGoldenOutcomes();
const atOnce = new Semaphore(2);
const results = await Promise.all(cases.map((each) => atOnce.run(() => compare(each))));

const unexpected = results.filter(({ isExpected }) => !isExpected);
for (const { name, what } of unexpected) {
  const listed = buildahDifference(name);
  console.log(
    `${name}: ${what}${listed === undefined ? ", and no difference is listed" : `, though listed under "${listed.why}"`}`,
  );
}
const count = (wanted: string) => results.filter(({ what }) => what.startsWith(wanted)).length;
console.log(
  `${results.length} Dockerfiles by buildah: ${count("the same")} the same as BuildKit's, ${count("another")} another image, ` +
    `${count("refused")} refused; ${unexpected.length} otherwise than docs/dockerfile.md tells`,
);
process.exitCode = unexpected.length === 0 ? 0 : 1;

interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly isExpected: boolean;
}

async function compare(each: DockerfileCase): Promise<Comparison> {
  const { name } = each;
  const what = await differenceOf(each);
  const listed = buildahDifference(name);
  return { name, what, isExpected: listed?.byChance || (what === "the same") === (listed === undefined) };
}

async function differenceOf(each: DockerfileCase): Promise<string> {
  try {
    const outcome = comparable(await buildByBuildah(each));
    const expected = comparable(golden[each.name]!);
    if (isDeepStrictEqual(outcome, expected)) return "the same";
    const left = expected.filter((line) => !outcome.includes(line));
    const right = outcome.filter((line) => !expected.includes(line));
    return ["another image", ...left.map((line) => `- ${line}`), ...right.map((line) => `+ ${line}`)].join(
      "\n  ",
    );
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** Files and configuration, line by line; what is empty or false counts as not being there, which docker's format does not tell apart. */
function comparable({ config, files }: Outcome): readonly string[] {
  const fields = Object.entries(config).filter(([name, value]) => !isNothing(name, value));
  return [...fields.map(([name, value]) => `${name} ${JSON.stringify(value)}`).toSorted(), ...files];
}

/** A container's name and a mark for Windows are nothing of the Dockerfile's. */
function isNothing(name: string, value: unknown): boolean {
  if (name === "Hostname" || name === "ArgsEscaped") return true;
  if (name === "WorkingDir" && value === "/") return true;
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}
