import { Semaphore } from "../../concurrency.js";
import type { Digest } from "../../model/oci.js";

/** What a session knows of one registry: which of its repositories hold what. Served to all pushes of the session. */
export interface Ledger {
  /** The repositories known to hold a digest: the set itself, to be added to and taken from. */
  holders(digest: Digest): Set<string>;
  /** The repositories that got a digest as a draft: nobody asked whether it was there before. */
  drafted(digest: Digest): Set<string>;
  /**
   * Runs alone for a digest, so that whatever asks for it second finds what the first brought. Whoever holds one may wait
   * for those below it and for no other.
   */
  alone(digest: Digest, work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void>;
}

export function createLedger(): Ledger {
  const holders = new Map<Digest, Set<string>>();
  const drafted = new Map<Digest, Set<string>>();
  const locks = new Map<Digest, Semaphore>();
  const lasting = <V>(map: Map<Digest, V>, digest: Digest, make: () => V): V => {
    const known = map.get(digest) ?? make();
    map.set(digest, known);
    return known;
  };
  return {
    holders: (digest) => lasting(holders, digest, () => new Set()),
    drafted: (digest) => lasting(drafted, digest, () => new Set()),
    alone: (digest, work, signal) => lasting(locks, digest, () => new Semaphore(1)).run(() => work(), signal),
  };
}
