import type { GantryEvent } from "../../index.js";
import { formatBytes, formatDuration, printable } from "../text.js";
import { rateOf, trackSteps } from "./steps.js";
import type { StepState } from "./steps.js";
import type { Renderer } from "./renderer.js";

const lineInterval = 1000;

/**
 * Progress as lines that stand for themselves, for logs: a running step says where it is at most once a second, and
 * every step says how it ended.
 */
export function plainRenderer({
  write,
  now,
}: {
  readonly write: (text: string) => void;
  readonly now: () => number;
}): Renderer {
  const steps = trackSteps(now);
  const toldAt = new Map<number, number>();
  const tell = (state: StepState) => {
    toldAt.set(state.id, now());
    write(`${printable(describeRunning(state, now()))}\n`);
  };
  const isDue = ({ id, startedAt }: StepState) => now() - (toldAt.get(id) ?? startedAt) >= lineInterval;
  return {
    onEvent: (event: GantryEvent) => {
      if (event.type === "warning") return write(`${formatWarning(event)}\n`);
      if (event.type === "step-output") return write(`${formatOutput(event)}\n`);
      const state = steps.apply(event);
      if (state === undefined) return;
      if (state.status !== "running") write(`${printable(describeEnd(state))}\n`);
      else if (event.type === "step-progress" && isDue(state)) tell(state);
    },
    // A step that reports no bytes is named once, so that a log shows what is being waited for.
    tick: () =>
      steps
        .running()
        .filter((state) => state.current === 0 && !toldAt.has(state.id) && isDue(state))
        .forEach(tell),
    close: () => undefined,
  };
}

/** "warning: [app] ONBUILD of the base is dropped" */
export function formatWarning({ image, message }: GantryEvent & { type: "warning" }): string {
  return printable(`warning: ${image === undefined ? "" : `[${image}] `}${message}`);
}

/** What a program wrote, so that it is not taken for a line of Gantry's own. */
export function formatOutput({ line }: GantryEvent & { type: "step-output" }): string {
  return printable(`  | ${line}`);
}

function describeRunning(state: StepState, now: number): string {
  const { title, current, total } = state;
  if (current === 0) return `${title}: running`;
  const amount =
    total === undefined
      ? formatBytes(current)
      : `${formatBytes(current)} of ${formatBytes(total)} (${percent(current, total)})`;
  const rate = rateOf(state, now);
  return `${title}: ${amount}${rate === undefined ? "" : `, ${formatBytes(rate)}/s`}`;
}

/** "layer /app: done in 1.2s, 52 MB, 43 MB/s, sha256:…" */
export function describeEnd(state: StepState): string {
  const { title, startedAt, endedAt = startedAt, status, note, current } = state;
  if (status === "failed") return `${title}: failed${note === undefined ? "" : `: ${note}`}`;
  if (status === "cached")
    return `${title}: cached${note === undefined || note === "cached" ? "" : `, ${note}`}`;
  const rate = rateOf(state, endedAt);
  const amount =
    current === 0 ? [] : [formatBytes(current), ...(rate === undefined ? [] : [`${formatBytes(rate)}/s`])];
  return [
    `${title}: done in ${formatDuration(endedAt - startedAt)}`,
    ...amount,
    ...(note === undefined ? [] : [note]),
  ].join(", ");
}

/** Whole percents, 100 only when all is there. */
export function percent(current: number, total: number): string {
  const share = total <= 0 ? 100 : Math.min(100, Math.floor((current / total) * 100));
  return `${share}%`;
}
