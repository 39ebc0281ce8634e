import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.js";
import { chartGroups, formatChart } from "./chart.js";
import type { Results } from "./results.js";

/** Writes the results of a day and the chart into bench/results; returns what was written. */
export function saveResults(results: Results): string[] {
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const json = join(folder, `${results.date.slice(0, 10)}.json`);
  writeResults(json, results);
  const groups = chartGroups(results.contests);
  if (groups.length === 0) return [json];
  const chart = join(folder, "chart.svg");
  writeFileSync(chart, formatChart(groups));
  return [json, chart];
}

/** Writes the results as JSON, as prettier would. */
export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
