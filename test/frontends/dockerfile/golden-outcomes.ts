import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./cases/case.js";

/** In the sources, from build/test/frontends/dockerfile. */
const file = fileURLToPath(new URL("../../../../test/golden/dockerfile/buildkit.json", import.meta.url));

/** What BuildKit made of each case. */
export function readGoldenOutcomes(): Readonly<Record<string, Outcome>> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, Outcome>;
}

export function writeGoldenOutcomes(outcomes: Readonly<Record<string, Outcome>>): void {
  writeFileSync(file, `${JSON.stringify(outcomes, undefined, 2)}\n`);
}
