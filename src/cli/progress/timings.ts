import type { GantryEvent } from "../../index.js";
import { formatBytes, formatDuration, formatTable, printable } from "../text.js";
import { rateOf, trackSteps } from "./steps.js";
import type { StepState } from "./steps.js";

/** Collects when each step began and ended. */
export interface Timings {
  onEvent(event: GantryEvent): void;
  /** A table of the steps in the order they began, with the time of the whole in the last line. */
  format(): string;
}

export function collectTimings(now: () => number): Timings {
  const begin = now();
  const steps = trackSteps(now);
  const ended: StepState[] = [];
  return {
    onEvent: (event) => {
      const state = steps.apply(event);
      if (state !== undefined && state.status !== "running") ended.push(state);
    },
    format: () => {
      const all = [...ended, ...steps.running()].sort((a, b) => a.startedAt - b.startedAt || a.id - b.id);
      const rows = all.map((state) => rowOf(state, begin, now()));
      return formatTable(
        [
          ["STEP", "BEGAN", "TOOK", "BYTES", "RATE", "RESULT"],
          ...rows,
          ["all", "", formatDuration(now() - begin), "", "", ""],
        ],
        { right: [1, 2, 3, 4] },
      );
    },
  };
}

function rowOf(state: StepState, begin: number, now: number): readonly string[] {
  const { title, startedAt, endedAt = now, current, status, note } = state;
  const rate = rateOf(state, now);
  return [
    printable(title),
    formatDuration(startedAt - begin),
    formatDuration(endedAt - startedAt),
    current === 0 ? "" : formatBytes(current),
    rate === undefined ? "" : `${formatBytes(rate)}/s`,
    printable(status === "done" ? (note ?? "") : status),
  ];
}
