import type { OnEvent } from "../../index.js";
import { GantryError } from "../../index.js";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { plainRenderer } from "./plain.js";
import { formatJsonError, rawJsonRenderer } from "./rawjson.js";
import type { Renderer } from "./renderer.js";
import { collectTimings } from "./timings.js";
import { ttyRenderer } from "./tty.js";

const modes = ["auto", "tty", "plain", "rawjson", "quiet"] as const;

export type ProgressMode = (typeof modes)[number];

export interface Progress {
  readonly mode: Exclude<ProgressMode, "auto">;
  /** Runs the work with its progress on stderr, which is clean again when this settles. */
  during<T>(work: (onEvent: OnEvent) => Promise<T>): Promise<T>;
}

/**
 * Progress as `--progress` says, else $BUILDKIT_PROGRESS, else by what stderr is. The timing table of `--timings`
 * follows it, also when the work fails.
 */
export function openProgress(
  { progress, timings }: { readonly progress?: ProgressMode; readonly timings?: boolean },
  terminal: Pick<Terminal, "stderr" | "system" | "signal">,
): Progress {
  const { stderr, system, signal } = terminal;
  const mode = resolveMode(progress ?? fromEnvironment(system.env.BUILDKIT_PROGRESS), terminal);
  return {
    mode,
    during: async (work) => {
      const renderer = rendererOf(mode, terminal);
      const table = timings === true ? collectTimings(system.monotonic) : undefined;
      const timer = setInterval(renderer.tick, 100);
      timer.unref();
      try {
        return await work((event) => {
          table?.onEvent(event);
          renderer.onEvent(event);
        });
      } catch (error) {
        if (mode !== "rawjson") throw error;
        // What an interrupt left behind is told by its own error; any other error after it only follows from it.
        const isInterrupt = (error as { code?: string }).code === "ERR_GANTRY_INTERRUPTED";
        stderr.write(formatJsonError(signal.aborted && !isInterrupt ? signal.reason : error, system.now()));
        throw new Exit(signal.aborted ? 130 : ((error as { exitStatus?: number }).exitStatus ?? 1));
      } finally {
        clearInterval(timer);
        renderer.close();
        if (table !== undefined && mode !== "rawjson") stderr.write(`\n${table.format()}\n`);
      }
    },
  };
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
