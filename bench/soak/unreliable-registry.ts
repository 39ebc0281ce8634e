import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import { startFront, type Fault, type Seen } from "../../test/support/fault-registry.js";
import { createRandom } from "./random.js";

/** How often each thing goes wrong, of all requests. */
export interface Rates {
  readonly resets: number;
  readonly errors: number;
}

/** A registry on a bad network. */
export interface UnreliableRegistry {
  /** Through the faults. */
  readonly host: string;
  /** Without them. */
  readonly quiet: string;
  /** Faults so far. */
  readonly struck: () => { readonly resets: number; readonly errors: number };
  /** How often each blob was committed. */
  readonly commits: ReadonlyMap<string, number>;
  /** Ends it and removes what it kept. */
  close(): Promise<void>;
}

/**
 * The embedded registry, its blobs in a temporary folder, behind a front that resets a part of the requests at a random
 * byte of their bodies or loses their answers, and answers another part with 503. The same seed strikes the same way
 * for the same order of requests.
 */
export async function startUnreliable(seed: number, { resets, errors }: Rates): Promise<UnreliableRegistry> {
  const random = createRandom(seed);
  const dir = mkdtempSync(join(tmpdir(), "gantry-soak-"));
  const commits = new Map<string, number>();
  const registry = await createRegistry({
    dir,
    requireBlobs: true,
    onRequest: ({ method, path, status }) => {
      const digest = /[?&]digest=([^&]+)/.exec(path)?.[1];
      if (method === "PUT" && status === 201 && digest !== undefined)
        commits.set(digest, (commits.get(digest) ?? 0) + 1);
    },
  });
  const counts = { resets: 0, errors: 0 };
  const ends: (() => Promise<void> | void)[] = [];
  const choose = (request: Seen): Fault | undefined => {
    const chance = random();
    if (chance < resets) {
      counts.resets++;
      return resetOf(request, random());
    }
    if (chance >= resets + errors) return undefined;
    counts.errors++;
    return { status: 503 };
  };
  const front = await startFront({ after: (end) => void ends.push(end) }, registry.host, choose);
  return {
    host: front.host,
    quiet: registry.host,
    struck: () => ({ ...counts }),
    commits,
    async close() {
      for (const end of ends) await end();
      await registry.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A body breaks off at any of its bytes, the last included; a request without one loses its answer. */
function resetOf({ headers }: Seen, chance: number): Fault {
  const length = Number(headers["content-length"] ?? 0);
  return length === 0 ? { loseAnswer: true } : { passThenReset: 1 + Math.floor(chance * length) };
}
