import { GantryError, suggest } from "../errors.js";
import type { Compression } from "./plan.js";

const defaults = { none: 0, gzip: 1, zstd: 1 } as const;
const highest = { none: 0, gzip: 9, zstd: 19 } as const;

/**
 * Reads `auto`, `none`, `gzip[:1-9]` or `zstd[:1-19]`; undefined stands for auto: none when every destination is on
 * this machine, else gzip at its fastest level. Without a level the fastest is used.
 */
export function parseCompression(text: string): Compression | undefined {
  if (text === "auto") return undefined;
  const [type = "", level, ...rest] = text.split(":");
  if (!isType(type) || rest.length > 0 || (type === "none" && level !== undefined)) {
    const near = suggest(type, ["auto", ...Object.keys(defaults)]);
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `compression "${text}" is unknown: expected auto, none, gzip[:LEVEL] or zstd[:LEVEL]${near}`,
    );
  }
  if (level === undefined) return { type, level: defaults[type] };
  if (!/^\d{1,2}$/.test(level) || Number(level) < 1 || Number(level) > highest[type]) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `compression "${text}": ${type} has levels 1 to ${highest[type]}`,
    );
  }
  return { type, level: Number(level) };
}

function isType(text: string): text is Compression["type"] {
  return Object.hasOwn(defaults, text);
}
