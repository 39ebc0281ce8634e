import { inStep, type IoOptions, type Step } from "../../model/events.js";
import { GantryError } from "../../errors.js";
import { endOfArchive, headerLength, paddedSize, writeHeader } from "../../tar/header.js";
import type { Published, Staged } from "../../model/place.js";
import { isDirect, openOutput, type ArchiveFile, type Output } from "./output.js";

/** A file or folder of an archive. Its size must be known: a tar says it before the bytes. */
export interface Member {
  readonly path: string;
  readonly type: "file" | "directory";
  /** Bytes; 0 of a folder. */
  readonly size: number;
  open?(options: IoOptions): AsyncIterable<Uint8Array>;
}

export interface StageTarOptions {
  readonly file: ArchiveFile;
  readonly label: string;
  readonly token: () => string;
  readonly published: readonly Published[];
}

/**
 * Writes an archive of the members, sorted, all owned by root and of 1970: the same members give the same bytes. It goes
 * to a temporary file that `publish` renames; a stream or device cannot wait and is written by `publish`.
 */
export async function stageTar(
  members: readonly Member[],
  { file, label, token, published }: StageTarOptions,
  io: IoOptions = {},
): Promise<Staged> {
  const write = () =>
    inStep(io.onEvent, { name: `write ${label}`, kind: "output" }, async (step) => {
      const output = await openOutput(file, token, io.signal);
      try {
        await writeMembers(members, { output, step, io });
      } catch (error) {
        await output.abort();
        throw error;
      }
      return output;
    });
  const early = (await isDirect(file)) ? undefined : await write();
  return {
    async publish() {
      await (early ?? (await write())).commit();
      return published;
    },
    abort: async () => await early?.abort(),
  };
}

async function writeMembers(
  members: readonly Member[],
  { output, step, io }: { readonly output: Output; readonly step: Step; readonly io: IoOptions },
): Promise<void> {
  const total = members.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const member of members.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    await output.write(header(member));
    for await (const bytes of sized(member, io)) {
      await output.write(bytes);
      done += bytes.length;
      step.progress(done, total);
    }
    await output.write(Buffer.alloc(paddedSize(member.size) - member.size));
  }
  await output.write(endOfArchive);
}

/** The member's bytes; never more than the header says, or everything behind them would be read wrongly. */
async function* sized({ open, size, path }: Member, io: IoOptions): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const bytes of open?.(io) ?? []) {
    io.signal?.throwIfAborted();
    received += bytes.length;
    if (received > size) break;
    yield bytes;
  }
  if (received === size) return;
  throw new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `${path}: expected ${size} bytes, got ${received > size ? "more" : received}`,
  );
}

function header({ path, type, size }: Member): Uint8Array {
  const entry = { path, type, mode: type === "file" ? 0o644 : 0o755, uid: 0, gid: 0, mtime: 0, size };
  const bytes = Buffer.alloc(headerLength(entry));
  writeHeader(bytes, 0, entry);
  return bytes;
}
