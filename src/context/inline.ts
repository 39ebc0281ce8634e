import type { Entry } from "../plan/plan.js";
import { requireImagePath } from "./image-path.js";
import type { Owner } from "./source-entry.js";

/** A file whose bytes the request itself gives; text is written as UTF-8. `mtime` in seconds since 1970; mode 0644 unless given. */
export function inlineFile({
  destination,
  content,
  owner,
  mode = 0o644,
  mtime,
}: {
  readonly destination: string;
  readonly content: string | Uint8Array;
  readonly owner: Owner;
  readonly mode?: number | undefined;
  readonly mtime: number;
}): Entry {
  requireImagePath(destination);
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    path: destination,
    type: "file",
    mode: mode & 0o7777,
    uid: owner.uid,
    gid: owner.gid,
    mtime,
    size: bytes.length,
    bytes: { type: "inline", bytes },
  };
}
