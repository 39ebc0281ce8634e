import type { OnEvent } from "../model/events.js";
import { cleanText } from "./errors.js";
import type { Middleware } from "./send.js";

/** Warnings that are passed on of one response; more are noise, or an attack on the reader. */
const atMost = 5;

/**
 * Passes a registry's `Warning: 299 - "text"` headers on as events (distribution-spec spec.md, "Warnings"): each text
 * once, made safe for a terminal.
 */
export function passWarnings(registry: string): Middleware {
  const told = new Set<string>();
  return (next) => async (request) => {
    const response = await next(request);
    for (const text of readWarnings(response.headers["warning"]).slice(0, atMost)) {
      if (told.has(text)) continue;
      told.add(text);
      warn(request.onEvent, `${registry} warns: ${text}`);
    }
    return response;
  };
}

function warn(onEvent: OnEvent | undefined, message: string): void {
  onEvent?.({ type: "warning", code: "registry-warning", message });
}

/** The texts of the warnings with code 299 and agent "-"; the specification knows no others. */
function readWarnings(header: string | undefined): string[] {
  const matches = (header ?? "").slice(0, 65_536).matchAll(/(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g);
  return [...matches].map(([, text = ""]) => cleanText(text.replace(/\\(.)/g, "$1"), 300));
}
