import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import type { Ends } from "../../test/support/fault-registry.js";
import { startDebianRegistry } from "../../test/places/registry/debian-registry.js";

/** Things started for one run, ended last first. */
export function createEnds(): Ends & { end(): Promise<void> } {
  const ends: (() => Promise<void> | void)[] = [];
  return {
    after: (end) => void ends.unshift(end),
    end: async () => {
      for (const end of ends.splice(0)) await end();
    },
  };
}

/** A real registry, empty, on a free loopback port: its host. */
export function startRealRegistry(ends: Ends): Promise<string> {
  return startDebianRegistry(ends);
}

/** What a registry was asked for and sent. */
export interface Traffic {
  requests: number;
  bytesSent: number;
}

/** Gantry's own registry, which counts; its time says nothing. */
export async function startCountingRegistry(
  ends: Ends,
  folder: string,
): Promise<{ readonly host: string; readonly traffic: Traffic }> {
  const traffic = { requests: 0, bytesSent: 0 };
  const dir = join(folder, "registry");
  mkdirSync(dir);
  const registry = await createRegistry({
    dir,
    onRequest: ({ bytesIn }) => {
      traffic.requests++;
      traffic.bytesSent += bytesIn;
    },
  });
  ends.after(() => registry.close());
  return { host: registry.host, traffic };
}
