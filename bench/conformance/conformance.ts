import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import type { Ends } from "../../test/support/fault-registry.js";
import { runConformance, type ConformanceResults } from "../../test/support/conformance.js";
import { startDebianRegistry } from "../../test/places/registry/debian-registry.js";
import { lacking } from "../../test/support/tools.js";

/**
 * `npm run conformance`: the distribution-spec's conformance suite against the embedded registry and against every other
 * registry that is on the PATH, as the table of docs/reliability.md.
 */
interface Contender {
  readonly name: string;
  /** The program that must be on the PATH. */
  readonly program?: string;
  /** Starts it in the folder; its host. */
  start(ends: Ends, folder: string): Promise<string>;
}

const contenders: readonly Contender[] = [
  {
    name: "Gantry",
    start: async (ends, folder) => {
      const registry = await createRegistry({ dir: join(folder, "store") });
      ends.after(() => registry.close());
      return registry.host;
    },
  },
  { name: "distribution 2.8", program: "docker-registry", start: (ends) => startDebianRegistry(ends) },
  {
    name: "distribution 3",
    program: "registry",
    start: (ends) => startDebianRegistry(ends, { program: "registry" }),
  },
];

const columns: { readonly name: string; readonly results: ConformanceResults }[] = [];
for (const { name, program, start } of contenders) {
  if (lacking("conformance", ...(program === undefined ? [] : [program])) !== false) continue;
  const folder = mkdtempSync(join(tmpdir(), "gantry-conformance-"));
  const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const host = await start({ after: (end) => void ends.push(end) }, folder);
    columns.push({ name, results: await runConformance(host) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
printTable();

function printTable(): void {
  const [first] = columns;
  if (first === undefined) throw new Error("the suite's program, conformance, is not on the PATH");
  console.log(`| | ${columns.map(({ name }) => name).join(" | ")} |`);
  console.log(`|---|${columns.map(() => "---").join("|")}|`);
  for (const part of ["apis", "data"] as const) {
    for (const row of Object.keys(first.results[part])) {
      const cells = columns.map(({ results }) => (results[part][row] ?? "-").toLowerCase());
      console.log(`| ${row} | ${cells.join(" | ")} |`);
    }
  }
}
