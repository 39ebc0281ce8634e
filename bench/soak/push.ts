import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Image } from "../../src/model/content.js";
import { openRegistrySession } from "../../src/places/registry/session.js";
import { nodeSystem } from "../../src/system.js";
import { image } from "../../test/places/registry/images.js";
import { randomLayer } from "./random-layer.js";
import { readBack } from "./read-back.js";
import type { Rates } from "./unreliable-registry.js";

export interface PushOptions {
  readonly runs: number;
  readonly seed: number;
  readonly layers?: number;
  /** Bytes of each layer. */
  readonly size?: number;
  readonly rates?: Rates;
  readonly report?: (line: string) => void;
  /** Waits between attempts; Node's timers unless given. */
  readonly wait?: () => Promise<void>;
}

export interface PushOutcome {
  readonly ok: number;
  readonly failed: number;
  readonly resets: number;
  readonly errors: number;
  /** Blobs that were committed more than once: the registry got them although the answer said otherwise, too late to be found. */
  readonly twice: number;
}

/**
 * Case D82: pushes images through random resets and errors, each to a registry of its own in another process, and reads
 * every byte of each back without them. A run fails where the push fails, or a byte differs.
 */
export async function soakPush({
  runs,
  seed,
  layers = 16,
  size = 64 * 1024 * 1024,
  rates = { resets: 0.05, errors: 0.02 },
  report = () => undefined,
  wait,
}: PushOptions): Promise<PushOutcome> {
  const total = { ok: 0, failed: 0, resets: 0, errors: 0, twice: 0 };
  const contents = Array.from({ length: layers }, (_, at) => randomLayer(seed + at, size));
  for (let run = 1; run <= runs; run++) {
    const registry = await startRegistry(seed * 1000 + run, rates);
    try {
      await pushOnce(registry, image(contents), wait);
      total.ok++;
    } catch (error) {
      total.failed++;
      report(`push: run ${run} failed: ${(error as Error).message}`);
    }
    const { resets, errors, twice } = await registry.close();
    total.resets += resets;
    total.errors += errors;
    total.twice += twice;
    if (run % 10 === 0 || run === runs)
      report(`push: ${total.ok} of ${run} pushes succeeded; ${total.resets} resets, ${total.errors} errors`);
  }
  return total;
}

async function pushOnce(
  { host, quiet }: RegistryProcess,
  root: Image,
  wait: PushOptions["wait"],
): Promise<void> {
  const session = openRegistrySession({ system: { ...nodeSystem(), env: {} }, wait });
  try {
    const staged = await session.destination(host).stage(root, [`${host}/soak:1`]);
    await staged.publish();
    const digest = await readBack(session, `${quiet}/soak:1`);
    if (digest !== root.descriptor.digest) throw new Error(`the tag names ${digest}`);
  } finally {
    await session.close();
  }
}

interface RegistryProcess {
  readonly host: string;
  readonly quiet: string;
  close(): Promise<{ readonly resets: number; readonly errors: number; readonly twice: number }>;
}

/** The registry works in a process of its own, so that hashing on both sides has a core each. */
async function startRegistry(seed: number, rates: Rates): Promise<RegistryProcess> {
  const child = fork(fileURLToPath(new URL("registry-process.js", import.meta.url)), [
    JSON.stringify({ seed, rates }),
  ]);
  const [started] = (await once(child, "message")) as [{ host: string; quiet: string }];
  return {
    ...started,
    async close() {
      const exited = once(child, "exit");
      child.send("close");
      const [counts] = (await once(child, "message")) as [{ resets: number; errors: number; twice: number }];
      await exited;
      return counts;
    },
  };
}
