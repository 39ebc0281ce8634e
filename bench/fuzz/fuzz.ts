import { GantryError } from "../../src/errors.js";
import { parseIgnore } from "../../src/context/ignore.js";
import { expandWord } from "../../src/frontends/dockerfile/expand/word.js";
import { readDockerfile } from "../../src/frontends/dockerfile/dockerfile.js";
import { cases } from "../../test/frontends/dockerfile/cases/cases.js";
import { createRandom } from "../soak/random.js";
import { mutate } from "./mutate.js";

/**
 * `npm run fuzz [MINUTES]`: changes Dockerfiles by chance, reads them and expands their words, and reads them as
 * .dockerignore. Each must be read or be
 * refused with a code, in a time in proportion to its length. Ends with 1 at the first that is not, and prints it;
 * `SEED=2` is another run of chance.
 */
const minutes = Number(process.argv[2] ?? 10);
const random = createRandom(Number(process.env["SEED"] ?? 1));
const end = performance.now() + minutes * 60_000;
/** For a thousand characters, and at the least: what no garbage collection explains. */
const [slowest, least] = [20, 250];
let [count, refused, worst] = [0, 0, 0];

while (performance.now() < end) {
  let text = cases[Math.floor(random() * cases.length)]!.dockerfile;
  for (let depth = 0; depth < 3; depth++) {
    text = mutate(text, random).slice(0, 100_000);
    if (isRefused(readAndExpand, text)) refused++;
    const allowed = Math.max(least, (slowest * text.length) / 1000);
    const took = leastTime(text, allowed);
    worst = Math.max(worst, took);
    if (took > allowed) fail(text, `it took ${took.toFixed(0)} ms each time`);
    count++;
  }
}
console.log(`${count} Dockerfiles, ${refused} of them refused, the slowest in ${worst.toFixed(0)} ms`);

/** In milliseconds. What takes too long is tried again: the machine may have done something else. */
function leastTime(text: string, allowed: number): number {
  let shortest = Infinity;
  for (let tries = 0; tries < 5 && shortest > allowed; tries++) {
    const begin = performance.now();
    isRefused(readAndExpand, text);
    isRefused(matchIgnored, text);
    shortest = Math.min(shortest, performance.now() - begin);
  }
  return shortest;
}

function readAndExpand(text: string): void {
  const { stages, escape } = readDockerfile(text, "Dockerfile");
  for (const { instructions } of stages)
    for (const { statement } of instructions) expandWord(statement.rest, () => "value", { escape });
}

function matchIgnored(text: string): void {
  parseIgnore(text, ".dockerignore").matcher.ignores(`${text.slice(0, 200)}/a/b`);
}

/** Whether a text was refused; what neither reads nor refuses it ends the run. */
function isRefused(read: (text: string) => void, text: string): boolean {
  try {
    read(text);
    return false;
  } catch (error) {
    if (!(error instanceof GantryError)) return fail(text, String((error as Error).stack ?? error));
    if (error.code === "ERR_GANTRY_INTERNAL") return fail(text, error.message);
    return true;
  }
}

function fail(text: string, why: string): never {
  console.log(`${JSON.stringify(text)}\n${text.length} characters: ${why}`);
  process.exit(1);
}
