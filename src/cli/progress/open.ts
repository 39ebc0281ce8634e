import type { GantryEvent, OnEvent, OnSpan, System } from "../../index.js";
import { GantryError } from "../../index.js";
import type { ProgressFlags } from "../flags.js";
import { outputPath, writeWhole } from "../output-file.js";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { plainRenderer } from "./plain.js";
import { formatJsonError, rawJsonRenderer } from "./rawjson.js";
import type { Renderer } from "./renderer.js";
import { startRecording } from "./recording.js";
import type { Recording } from "./recording.js";
import { ttyRenderer } from "./tty.js";

const modes = ["auto", "tty", "plain", "rawjson", "quiet"] as const;

export type ProgressMode = (typeof modes)[number];

export interface Progress {
  readonly mode: Exclude<ProgressMode, "auto">;
  /** Runs the work with its progress on stderr, which is clean again when this settles. */
  during<T>(work: (listeners: Listeners) => Promise<T>): Promise<T>;
}

/** What the library is to tell its progress to; of spans only where somebody wants to know. */
export interface Listeners {
  readonly onEvent: OnEvent;
  readonly onSpan?: OnSpan;
}

/**
 * Progress as `--progress` says, else $BUILDKIT_PROGRESS, else by what stderr is. The tables of `--timings` and the file
 * of `--trace` follow it, also when the work fails or is interrupted. Their time begins now.
 */
export function openProgress(
  { progress, timings = false, trace }: ProgressFlags,
  terminal: Pick<Terminal, "stderr" | "system" | "signal">,
): Progress {
  const { stderr, system } = terminal;
  const mode = resolveMode(progress ?? fromEnvironment(system.env.BUILDKIT_PROGRESS), terminal);
  const file = outputPath("--trace", trace, system);
  const recorder = timings || file !== undefined ? startRecording(system.monotonic) : undefined;
  return {
    mode,
    during: async (work) => {
      const renderer = rendererOf(mode, terminal);
      const timer = setInterval(renderer.tick, 100);
      timer.unref();
      recorder?.loaded();
      const onEvent = (event: GantryEvent) => {
        recorder?.onEvent(event);
        renderer.onEvent(event);
      };
      const listeners = recorder === undefined ? { onEvent } : { onEvent, onSpan: recorder.onSpan };
      const [outcome] = await Promise.allSettled([work(listeners)]);
      const recording = recorder?.stop();
      const unsaved = await save(recording, file, system);
      if (unsaved !== undefined && outcome.status === "rejected")
        renderer.onEvent({ type: "warning", code: "trace-not-written", message: unsaved.message });
      clearInterval(timer);
      renderer.close();
      if (recording !== undefined && timings && mode !== "rawjson")
        stderr.write(`\n${(await import("./timings.js")).formatTimings(recording)}\n`);
      if (outcome.status === "fulfilled" && unsaved === undefined) return outcome.value;
      const error: unknown = outcome.status === "rejected" ? outcome.reason : unsaved;
      throw mode === "rawjson" ? endAsJson(error, terminal) : error;
    },
  };
}

/** Writes the trace; the error where that fails. */
async function save(
  recording: Recording | undefined,
  file: string | undefined,
  system: System,
): Promise<GantryError | undefined> {
  if (recording === undefined || file === undefined) return undefined;
  const { formatTrace } = await import("./trace.js");
  return writeWhole(file, formatTrace(recording), system).then(
    () => undefined,
    (error: unknown) => error as GantryError,
  );
}

/** Tells an error as the last line of rawjson; what is left is to end with its status. */
function endAsJson(
  error: unknown,
  { stderr, system, signal }: Pick<Terminal, "stderr" | "system" | "signal">,
): Exit {
  // What an interrupt left behind is told by its own error; any other error after it only follows from it.
  const isInterrupt = (error as { code?: string }).code === "ERR_GANTRY_INTERRUPTED";
  stderr.write(formatJsonError(signal.aborted && !isInterrupt ? signal.reason : error, system.now()));
  return new Exit(signal.aborted ? 130 : ((error as { exitStatus?: number }).exitStatus ?? 1));
}

function fromEnvironment(value: string | undefined): ProgressMode | undefined {
  if (value === undefined || value === "") return undefined;
  const mode = modes.find((known) => known === value);
  if (mode === undefined) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `BUILDKIT_PROGRESS is "${value}", expected one of ${modes.join(", ")}`,
    );
  }
  return mode;
}

function resolveMode(
  mode: ProgressMode = "auto",
  { stderr, system }: Pick<Terminal, "stderr" | "system">,
): Progress["mode"] {
  if (mode !== "auto") return mode;
  return stderr.isTTY && system.env.TERM !== "dumb" ? "tty" : "plain";
}

function rendererOf(
  mode: Progress["mode"],
  { stderr, system }: Pick<Terminal, "stderr" | "system">,
): Renderer {
  const write = (text: string) => stderr.write(text);
  if (mode === "quiet") return { onEvent: () => undefined, tick: () => undefined, close: () => undefined };
  if (mode === "rawjson") return rawJsonRenderer({ write, now: system.now });
  if (mode === "plain") return plainRenderer({ write, now: system.monotonic });
  return ttyRenderer({
    write,
    now: system.monotonic,
    size: () => ({ columns: stderr.columns ?? 80, rows: stderr.rows ?? 24 }),
    color: usesColor(system.env),
  });
}

/** https://no-color.org: NO_COLOR set and not empty turns colours off. */
function usesColor(env: Terminal["system"]["env"]): boolean {
  return (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}
