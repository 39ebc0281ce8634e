import { median, pairedRatio } from "../statistics.js";
import { valuesOf } from "../verdict.js";
import type { Contest } from "../contest.js";
import type { Outcome } from "../run-contest.js";
import type { Verdict } from "../verdict.js";

const head = ["contender", "median s", "ratio", "CPU s", "peak MB", "requests", "MB sent", "targets"];

/** One contest as lines of a table: medians, the ratio to the reference pair by pair, and what became of the targets. */
export function formatTable(
  contest: Contest,
  outcomes: readonly Outcome[],
  verdicts: readonly Verdict[],
): string {
  const reference = outcomes.find(({ name }) => name === contest.reference);
  const rows = outcomes.map((outcome) => [
    ...rowOf(outcome, reference),
    verdicts
      .filter(({ target, state }) => target.of === outcome.name && state !== "skipped")
      .map(formatVerdict)
      .join("; "),
  ]);
  return [`${contest.name}: ${contest.about}`, ...align([head, ...rows])].join("\n");
}

/** Short, for the end of a row: "✓ 0.31 ≤ 0.35 × crane"; of a missed target what its limit took. */
export function formatVerdict({ target, value, state, why, limit }: Verdict): string {
  const { metric, to, atMost } = target;
  const format = (figure: number) => (to === undefined ? formatAbsolute(metric, figure) : figure.toFixed(3));
  const most = to === undefined ? formatAbsolute(metric, atMost) : `${atMost} × ${to}`;
  if (Number.isNaN(value)) return `✗ ≤ ${most}: ${why?.split("\n")[0]}`;
  const verdict = `${state === "met" ? "✓" : "✗"} ${format(value)} ≤ ${most}`;
  return state === "met" || limit === undefined ? verdict : `${verdict} (${target.limit}: ${format(limit)})`;
}

function formatAbsolute(metric: Verdict["target"]["metric"], value: number): string {
  if (metric === "peakBytes") return `${(value / 1e6).toFixed(0)} MB`;
  if (metric === "delayMs") return `${value.toFixed(0)} ms`;
  if (metric === "cpuSeconds") return `${value.toFixed(3)} s of CPU`;
  return metric === "requests" ? `${value} requests` : `${value.toFixed(3)} s`;
}

function rowOf(outcome: Outcome, reference: Outcome | undefined): string[] {
  const { name, samples, traffic, skipped, failed } = outcome;
  if (skipped !== undefined) return [name, `skipped: ${skipped}`];
  if (failed !== undefined) return [name, `failed: ${failed.split("\n")[0]!.slice(0, 60)}`];
  const seconds = valuesOf(outcome, "seconds");
  const ratio = reference === undefined ? Number.NaN : pairedRatio(seconds, valuesOf(reference, "seconds"));
  return [
    name,
    figure(median(seconds), 3),
    figure(ratio, 3),
    figure(median(samples.map(({ cpuSeconds = Number.NaN }) => cpuSeconds)), 2),
    figure(median(valuesOf(outcome, "peakBytes")) / 1e6, 0),
    traffic === undefined ? "–" : String(traffic.requests),
    traffic === undefined ? "–" : figure(traffic.bytesSent / 1e6, 1),
  ];
}

function figure(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

/** Pads columns to the widest cell that is not its row's last; all but the first are flush right, the last is free. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) =>
    Math.max(...rows.filter(({ length }) => length === head.length).map((row) => row[column]!.length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === 0) return cell.padEnd(widths[0]!);
        return column === row.length - 1 ? cell : cell.padStart(widths[column]!);
      })
      .join("  ")
      .trimEnd(),
  );
}
