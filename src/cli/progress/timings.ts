import { formatBytes, formatDuration, formatTable, printable } from "../text.js";
import { activities, summarise } from "./phases.js";
import type { Activity, Cause, Summary } from "./phases.js";
import type { RecordedStep, Recording } from "./recording.js";
import { rateOf } from "./steps.js";

/**
 * Where a command's time went, as text: a table of the steps in the order they began, with the time of the whole in its
 * last line; one of what they were made of; one of the registries; and a line that says what held it up.
 */
export function formatTimings(recording: Recording): string {
  const summary = summarise(recording);
  const tables = [
    formatSteps(recording),
    formatActivities(summary),
    formatHosts(summary),
    formatBound(summary),
  ];
  return tables.filter((table) => table !== "").join("\n");
}

function formatSteps({ steps, start, end }: Recording): string {
  const rows = steps
    .filter(({ state }) => state.kind !== "load")
    .sort((a, b) => a.start - b.start || a.state.id - b.state.id)
    .map((step) => stepRow(step, start));
  const head = ["STEP", "BEGAN", "TOOK", "BYTES", "RATE", "RESULT"];
  return formatTable([head, ...rows, ["all", "", formatDuration(end - start), "", "", ""]], {
    right: [1, 2, 3, 4],
  });
}

function stepRow({ state, start, end }: RecordedStep, begin: number): readonly string[] {
  const { title, current, status, note } = state;
  const rate = rateOf(state, end);
  return [
    printable(title),
    formatDuration(start - begin),
    formatDuration(end - start),
    current === 0 ? "" : formatBytes(current),
    rate === undefined ? "" : `${formatBytes(rate)}/s`,
    printable(status === "done" ? (note ?? "") : status),
  ];
}

const names: Readonly<Partial<Record<Activity, string>>> = { wait: "wait for registry" };

function formatActivities({ uses, total }: Summary): string {
  const rows = activities.flatMap((activity) => {
    const use = uses.get(activity);
    if (use === undefined) return [];
    const { wall, busy, bytes } = use;
    const amounts = bytes === 0 ? ["", ""] : [formatBytes(bytes), formatRate(bytes, wall)];
    return [
      [
        names[activity] ?? activity,
        formatDuration(wall),
        share(wall, total),
        formatDuration(busy),
        ...amounts,
      ],
    ];
  });
  return formatTable([["PHASE", "WALL", "SHARE", "BUSY", "BYTES", "RATE"], ...rows], {
    right: [1, 2, 3, 4, 5],
  });
}

function formatHosts({ hosts }: Summary): string {
  if (hosts.size === 0) return "";
  const rows = [...hosts].map(([host, { requests, connections, sent, received, waited }]) => [
    printable(host),
    ...[
      String(requests),
      String(connections),
      formatBytes(sent),
      formatBytes(received),
      formatDuration(waited),
    ],
  ]);
  const head = ["REGISTRY", "REQUESTS", "CONNECTIONS", "SENT", "RECEIVED", "WAITED"];
  return formatTable([head, ...rows], { right: [1, 2, 3, 4, 5] });
}

const causes: Readonly<Record<Cause, string>> = {
  load: "starting and reading the request",
  base: "reading bases",
  run: "the engine that RUN was handed to",
  walk: "listing files",
  frame: "reading files",
  hash: "hashing on the main thread",
  compress: "compression",
  send: "sending",
  wait: "waiting for the registry",
  receive: "receiving",
  write: "writing the output",
  publish: "moving names",
  other: "work that is not measured",
};

/** "bound by compression: 82% of the time, 2 workers 97% busy" */
function formatBound({ causes: times, total, workers, uses, hosts }: Summary): string {
  const [cause, time] = [...times].reduce((most, one) => (one[1] > most[1] ? one : most), [
    "other",
    0,
  ] as const);
  const details = [`${share(time, total)} of the time`];
  if ((cause === "compress" || cause === "frame") && workers !== undefined)
    details.push(
      `${workers.count === 1 ? "1 worker" : `${workers.count} workers`} ${share(workers.busy, 1)} busy`,
    );
  const sent = uses.get("send");
  if (cause === "send" && sent !== undefined) details.push(formatRate(sent.bytes, sent.wall));
  const slowest = [...hosts].sort(([, a], [, b]) => b.waited - a.waited)[0]?.[0];
  if (cause === "wait" && slowest !== undefined) details.push(`mostly ${printable(slowest)}`);
  return `bound by ${causes[cause]}: ${details.join(", ")}\n`;
}

function formatRate(bytes: number, milliseconds: number): string {
  return milliseconds < 1 ? "" : `${formatBytes((bytes * 1000) / milliseconds)}/s`;
}

function share(part: number, whole: number): string {
  return `${Math.round(whole <= 0 ? 0 : (part / whole) * 100)}%`;
}
