import type { Renderer } from "./renderer.js";

/** Every event as one line of JSON with the time it came, ISO 8601 in `time`. */
export function rawJsonRenderer({
  write,
  now,
}: {
  readonly write: (text: string) => void;
  readonly now: () => number;
}): Renderer {
  return {
    onEvent: (event) => write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...event })}\n`),
    tick: () => undefined,
    close: () => undefined,
  };
}

/** The last line where the work failed: its stable code and message. */
export function formatJsonError(error: unknown, now: number): string {
  const { code = "ERR_GANTRY_INTERNAL", message = String(error) } = error as {
    code?: string;
    message?: string;
  };
  return `${JSON.stringify({ time: new Date(now).toISOString(), type: "error", code, message })}\n`;
}
