import { formatExtras, parseExtras } from "./entry-extras.js";
import type { Entry, EntryType, FileSource, Stamp } from "../plan/plan.js";
import type { Piece, Segment } from "./segments.js";

/**
 * A segment as it crosses to a thread: one text, one list of numbers and the inline bytes. Copying the entries
 * themselves costs more than hashing what they stand for.
 */
export interface SegmentMessage {
  readonly size: number;
  readonly last: boolean;
  /** Path, link target, source and extras of each piece, each ended by a NUL. */
  readonly text: string;
  /** `numbersLength` for each piece. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The bytes of each inline piece, in order. */
  readonly inline: readonly Uint8Array[];
}

const numbersLength = 14;
const types: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "char", "block", "fifo"];
const sources = ["none", "file", "inline"] as const;

/** Writes a segment down; `readSegment` on the other side gives one that frames to the same bytes. */
export function writeSegment({ pieces, size, last }: Segment): SegmentMessage {
  const numbers = new Float64Array(pieces.length * numbersLength);
  const inline: Uint8Array[] = [];
  let text = "";
  let at = 0;
  for (const { entry, from, length } of pieces) {
    const { bytes } = entry;
    text += `${entry.path}\0${entry.linkTarget ?? ""}\0${bytes?.type === "file" ? bytes.path : ""}\0${formatExtras(entry)}\0`;
    numbers[at] = types.indexOf(entry.type);
    numbers[at + 1] = sources.indexOf(bytes?.type ?? "none");
    numbers[at + 2] = entry.mode;
    numbers[at + 3] = entry.uid;
    numbers[at + 4] = entry.gid;
    numbers[at + 5] = entry.mtime;
    numbers[at + 6] = entry.size;
    numbers[at + 7] = from;
    numbers[at + 8] = length;
    if (bytes?.type === "file") {
      numbers[at + 9] = bytes.stamp.dev;
      numbers[at + 10] = bytes.stamp.ino;
      numbers[at + 11] = bytes.stamp.mtime;
      numbers[at + 12] = bytes.stamp.size;
      numbers[at + 13] = bytes.offset ?? 0;
    } else if (bytes?.type === "inline") {
      inline.push(Uint8Array.from(bytes.bytes.subarray(from, from + length)));
    }
    at += numbersLength;
  }
  return { size, last, text, numbers, inline };
}

/** The segment that was written down; of a stamp only what framing compares. */
export function readSegment({ size, last, text, numbers, inline }: SegmentMessage): Segment {
  const words = text.split("\0");
  const pieces: Piece[] = [];
  let inlined = 0;
  for (let at = 0, word = 0; at < numbers.length; at += numbersLength, word += 4) {
    const source = sources[numbers[at + 1]!];
    const piece = readPiece(numbers, at, words, word);
    pieces.push(source === "inline" ? { ...piece, inline: inline[inlined++]! } : piece);
  }
  return { pieces, size, last };
}

function readPiece(numbers: Float64Array, at: number, words: readonly string[], word: number): Piece {
  const extras = words[word + 3]!;
  const plain = readEntry(numbers, at, words, word);
  const entry = extras === "" ? plain : { ...plain, ...parseExtras(extras) };
  return { entry, from: numbers[at + 7]!, length: numbers[at + 8]! };
}

/**
 * All of one shape, with what is absent undefined: each shape more that a thread meets has it compile the writing of
 * headers once more.
 */
function readEntry(numbers: Float64Array, at: number, words: readonly string[], word: number): Entry {
  const [linkTarget, source] = [words[word + 1]!, words[word + 2]!];
  const entry: { readonly [key in keyof Entry]: Entry[key] | undefined } = {
    path: words[word]!,
    type: types[numbers[at]!]!,
    mode: numbers[at + 2]!,
    uid: numbers[at + 3]!,
    gid: numbers[at + 4]!,
    mtime: numbers[at + 5]!,
    size: numbers[at + 6]!,
    linkTarget: linkTarget === "" ? undefined : linkTarget,
    bytes: source === "" ? undefined : readSource(numbers, at + 9, source),
  };
  return entry as Entry;
}

function readSource(numbers: Float64Array, at: number, path: string): FileSource {
  const stamp: Stamp = {
    dev: numbers[at]!,
    ino: numbers[at + 1]!,
    mtime: numbers[at + 2]!,
    size: numbers[at + 3]!,
    ctime: 0,
  };
  return { type: "file", path, stamp, offset: numbers[at + 4]! };
}
