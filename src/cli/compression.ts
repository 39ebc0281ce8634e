import { InvalidArgumentError } from "commander";
import { suggest } from "../index.js";

const types = ["auto", "none", "gzip", "zstd"];
const levels: Readonly<Record<string, number>> = { gzip: 9, zstd: 19 };

/** `auto`, `none`, `gzip[:1-9]` or `zstd[:1-19]`, as the library takes it; buildx's "uncompressed" is none. */
export function parseCompression(text: string): string {
  const [type = "", level, ...rest] = text.split(":");
  if (type === "uncompressed" && level === undefined) return "none";
  if (!types.includes(type) || rest.length > 0) {
    throw new InvalidArgumentError(
      `expected auto, none, gzip or zstd, the last two with a level as in gzip:6${suggest(type, types)}`,
    );
  }
  const highest = levels[type];
  if (level === undefined) return type;
  if (highest === undefined) throw new InvalidArgumentError(`${type} has no level`);
  if (!/^[1-9]\d?$/.test(level) || Number(level) > highest) {
    throw new InvalidArgumentError(`${type} has levels 1 to ${highest}`);
  }
  return text;
}
