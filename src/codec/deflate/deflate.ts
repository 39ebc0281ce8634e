import { GantryError } from "../../errors.js";
import { moduleBytes } from "./module.js";

/**
 * Compresses bytes into deflate blocks (RFC 1951) of which none is the last and which end on a byte; no bytes give no
 * blocks. What comes out depends on the input alone: not on the machine, on Node, or on what was compressed before. The
 * result is over memory of its own; at worst it is longer than the input by 16 bytes and one in 5000. Synchronous: for workers. ERR_GANTRY_UNSUPPORTED
 * where Node runs without WebAssembly.
 */
export function deflate(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  compressor ??= startCompressor();
  if (raw.length <= compressor.room) return compressor.deflate(raw);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < raw.length; from += compressor.room)
    parts.push(compressor.deflate(raw.subarray(from, from + compressor.room)));
  return joined(parts);
}

/** What decides the compressed bytes: raised whenever they change. For cache keys. */
export const deflateVersion = "gantry-deflate 1";

interface Compressor {
  /** The most bytes of one call. */
  readonly room: number;
  deflate(raw: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** What assembly/index.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  inputAt(): number;
  inputSize(): number;
  outputAt(): number;
  deflate(length: number): number;
}

/** One for each thread, of 4.4 MiB, made when it is first needed. */
let compressor: Compressor | undefined;

function startCompressor(): Compressor {
  const { memory, ...module } = startModule();
  const bytes = new Uint8Array(memory.buffer);
  const [input, output] = [module.inputAt(), module.outputAt()];
  return {
    room: module.inputSize(),
    deflate(raw) {
      bytes.set(raw, input);
      return bytes.slice(output, output + module.deflate(raw.length));
    },
  };
}

/** The types of Node 20 do not know the part of WebAssembly that is used here. */
interface Runtime {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

function startModule(): Exports {
  try {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Runtime }).WebAssembly;
    return new Instance(new Module(Buffer.from(moduleBytes, "base64"))).exports as Exports;
  } catch (cause) {
    throw new GantryError(
      "ERR_GANTRY_UNSUPPORTED",
      "gzip at level 1 needs WebAssembly, which this Node cannot run (is it started with --jitless?): allow it, or use another level, zstd or none",
      { cause },
    );
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
