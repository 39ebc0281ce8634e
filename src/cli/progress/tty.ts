import { formatBytes, formatDuration, clip, printable, widthOf } from "../text.js";
import { describeEnd, formatOutput, formatWarning, percent } from "./plain.js";
import { rateOf, trackSteps } from "./steps.js";
import type { StepState } from "./steps.js";
import type { Renderer } from "./renderer.js";

const redrawInterval = 125;

export interface TtyOptions {
  readonly write: (text: string) => void;
  readonly now: () => number;
  /** The terminal's width and height now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly color: boolean;
}

/**
 * Progress on a terminal: a line for each running step, redrawn in place at most eight times a second; a step that has
 * ended leaves its line above. Each redraw is one write, and `close` removes what is unfinished.
 */
export function ttyRenderer({ write, now, size, color }: TtyOptions): Renderer {
  const steps = trackSteps(now);
  const paint = painter(color);
  const ended: string[] = [];
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn: readonly string[] = [];
  let columnsDrawn = 0;
  const draw = (live: readonly string[]) => {
    drawnAt = now();
    const { columns } = size();
    const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columnsDrawn, columns), 0);
    const up = rows === 0 ? "" : `\u001b[${rows}A`;
    const lines = [...ended.splice(0), ...live];
    if (lines.length > 0 || rows > 0) write(`${up}\r\u001b[J${lines.map((line) => `${line}\n`).join("")}`);
    drawn = live;
    columnsDrawn = columns;
  };
  const drawIfDue = () => {
    if (now() - drawnAt >= redrawInterval) draw(liveLines(steps.running(), now(), size(), paint));
  };
  return {
    onEvent: (event) => {
      const { columns } = size();
      if (event.type === "warning") ended.push(paint.yellow(clip(formatWarning(event), 10 * columns)));
      if (event.type === "step-output") ended.push(paint.dim(clip(formatOutput(event), columns - 1)));
      const state = steps.apply(event);
      if (state !== undefined && state.status !== "running") ended.push(endLine(state, columns, paint));
      drawIfDue();
    },
    tick: () => {
      if (ended.length > 0 || steps.running().length > 0) drawIfDue();
    },
    close: () => {
      if (ended.length > 0 || drawn.length > 0) draw([]);
    },
  };
}

/** Rows that a drawn line takes now: a terminal made narrower since has wrapped it. */
function rowsOf(line: string, before: number, columns: number): number {
  return columns >= before ? 1 : Math.max(1, Math.ceil(widthOf(line.replace(/\u001b\[\d+m/g, "")) / columns));
}

type Paint = ReturnType<typeof painter>;

function painter(color: boolean) {
  const style = (code: number) => (text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { red: style(31), green: style(32), yellow: style(33), dim: style(2) };
}

function endLine(state: StepState, columns: number, paint: Paint): string {
  const line = clip(printable(describeEnd(state)).replaceAll("\n", " "), columns - 1);
  if (state.status === "failed") return paint.red(line);
  return state.status === "cached" ? paint.dim(line) : line;
}

/** As many running steps as the terminal has room for, the longest running first, and how many more there are. */
function liveLines(
  running: readonly StepState[],
  now: number,
  { columns, rows }: ReturnType<TtyOptions["size"]>,
  paint: Paint,
): readonly string[] {
  const room = Math.max(1, rows - 2);
  const shown = running.length > room ? running.slice(0, room - 1) : running;
  const lines = shown.map((state) => liveLine(state, now, columns - 1, paint));
  const hidden = running.length - shown.length;
  return hidden === 0 ? lines : [...lines, paint.dim(clip(`and ${hidden} more`, columns - 1))];
}

/** "[app] layer /app   [=====>    ]  52 MB of 100 MB   34 MB/s  1.5s", with the bar left out where it is narrow. */
function liveLine(state: StepState, now: number, columns: number, paint: Paint): string {
  // Numbers that grow must not move the bar, where there is room for the longest.
  const amount = amountOf(state, now).padStart(state.total !== undefined && columns >= 70 ? 32 : 0);
  const elapsed = formatDuration(now - state.startedAt);
  const title = printable(state.title).replaceAll("\n", " ");
  const right = amount === "" ? elapsed : `${amount}  ${elapsed}`;
  const barWidth =
    state.total === undefined ? 0 : Math.min(30, columns - right.length - 4 - Math.min(widthOf(title), 40));
  const bar = barWidth < 8 ? "" : barOf(state.current, state.total!, barWidth, paint);
  const barColumns = bar === "" ? 0 : barWidth + 2;
  const titleRoom = columns - right.length - 2 - barColumns;
  if (titleRoom < 8) return clip(`${title} ${right}`, columns);
  const left = clip(title, titleRoom);
  const gap = " ".repeat(Math.max(0, titleRoom - widthOf(left)));
  return `${left}${gap}  ${bar === "" ? "" : `${bar}  `}${paint.dim(right)}`;
}

function amountOf(state: StepState, now: number): string {
  const { current, total } = state;
  if (current === 0 && total === undefined) return "";
  const rate = rateOf(state, now);
  const speed = rate === undefined ? "" : `  ${formatBytes(rate)}/s`;
  return total === undefined
    ? `${formatBytes(current)}${speed}`
    : `${formatBytes(current)} of ${formatBytes(total)}${speed}  ${percent(current, total)}`;
}

function barOf(current: number, total: number, width: number, paint: Paint): string {
  const inside = width - 2;
  const filled = total <= 0 ? inside : Math.min(inside, Math.floor((current / total) * inside));
  const head = filled > 0 && filled < inside ? `${"=".repeat(filled - 1)}>` : "=".repeat(filled);
  return `[${paint.green(head)}${" ".repeat(inside - filled)}]`;
}
