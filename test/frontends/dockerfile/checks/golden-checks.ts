import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CheckOutcome } from "./cases/case.js";

/** In the sources, from build/test/frontends/dockerfile/checks. */
const file = fileURLToPath(new URL("../../../../../test/golden/dockerfile/checks.json", import.meta.url));

/** What BuildKit's checks made of each case. */
export function readGoldenChecks(): Readonly<Record<string, CheckOutcome>> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, CheckOutcome>;
}

export function writeGoldenChecks(outcomes: Readonly<Record<string, CheckOutcome>>): void {
  writeFileSync(file, `${JSON.stringify(outcomes, undefined, 2)}\n`);
}
