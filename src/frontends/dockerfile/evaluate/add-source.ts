import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { unreadable } from "../../../context/files.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CopySource } from "./copy-source.js";
import { unsupported } from "./copy.js";
import { invalid } from "../instructions/invalid.js";

/**
 * The context as an instruction may use it: a source that BuildKit would download, check or unpack is refused rather than
 * copied as it is. What is an archive is told by a file's first bytes, as there, and never by its name.
 */
export function refusing(
  source: CopySource,
  instruction: CopyInstruction | AddInstruction,
  { root }: { readonly root: string },
): CopySource {
  const unpacks = instruction.type === "ADD" && instruction.unpack !== false;
  return {
    ...source,
    async find(pattern) {
      refuseRemote(pattern, instruction);
      const found = await source.find(pattern);
      const archive = unpacks
        ? found.find(({ path, isDirectory }) => !isDirectory && mayBeArchive(join(root, path)))
        : undefined;
      if (archive === undefined) return found;
      throw unsupported(
        `ADD ${archive.name}: archives are not unpacked yet; unpack it before and COPY the folder, or COPY it to have it as it is`,
      );
    },
  };
}

function refuseRemote(source: string, { type, ...flags }: CopyInstruction | AddInstruction): void {
  const kind = /^(?:git:\/\/|ssh:\/\/|git@)|^https?:\/\/\S+\.git(?:[#?]|$)/.test(source)
    ? "git ref"
    : /^https?:\/\//.test(source)
      ? "URL"
      : undefined;
  if (type === "COPY" && kind !== undefined)
    throw invalid(`source can't be a ${kind} for COPY: ${source}; download it before, and COPY what came`);
  if (kind !== undefined)
    throw unsupported(`ADD ${source}: nothing is downloaded yet; download it before, and COPY what came`);
  if ("checksum" in flags && flags.checksum !== undefined)
    throw invalid("checksum requires HTTP(S) or Git sources: leave --checksum out for a file of the context");
}

/** gzip, bzip2, xz and zstd at the start, or a tar's own mark (POSIX ustar, "Header Block"). */
const marks = [
  { at: 0, bytes: "1f8b08" },
  { at: 0, bytes: "425a68" },
  { at: 0, bytes: "fd377a585a00" },
  { at: 0, bytes: "28b52ffd" },
  { at: 257, bytes: "7573746172" },
];

/** What is packed could be anything, and is taken for an archive: looking inside is what unpacking would do. */
function mayBeArchive(path: string): boolean {
  const start = readStart(path).toString("hex");
  return marks.some(({ at, bytes }) => start.startsWith(bytes, at * 2));
}

function readStart(path: string): Buffer {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(512);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
