import { createRandom, randomBytes } from "../../soak/random.js";

const chunkSize = 1 << 20;
/** Chosen so that gzip leaves a bit under half, as it does of most programs. */
const randomShare = 0.18;
const runLength = 256;

/** Seeded bytes that compress as a program does: words from a small vocabulary with stretches of noise among them. */
export function* mixedBytes(seed: number, size: number): Generator<Uint8Array> {
  const random = createRandom(seed);
  const words = Array.from({ length: 1024 }, () => word(random));
  const noise = new NoiseReader(seed, size);
  for (let left = size; left > 0; left -= chunkSize) {
    const chunk = Buffer.alloc(Math.min(chunkSize, left));
    for (let offset = 0; offset < chunk.length; offset += runLength) {
      const run = chunk.subarray(offset, offset + runLength);
      if (random() < randomShare) noise.fill(run);
      else fillWithWords(run, words, random);
    }
    yield chunk;
  }
}

function fillWithWords(target: Buffer, words: readonly Buffer[], random: () => number): void {
  for (let at = 0; at < target.length;) {
    const chance = random();
    // Squared, so that some words are common and most are rare.
    at += words[Math.floor(chance * chance * words.length)]!.copy(target, at);
  }
}

function word(random: () => number): Buffer {
  const length = 6 + Math.floor(random() * 18);
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

class NoiseReader {
  readonly #chunks: Generator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(seed: number, size: number) {
    // More than all of it: a chunk's end may be left over.
    this.#chunks = randomBytes(seed, { size: size + chunkSize });
  }

  fill(target: Buffer): void {
    if (this.#rest.length < target.length) this.#rest = this.#chunks.next().value as Uint8Array;
    target.set(this.#rest.subarray(0, target.length));
    this.#rest = this.#rest.subarray(target.length);
  }
}
