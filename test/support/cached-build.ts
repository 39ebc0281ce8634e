import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { build, type BuildOptions, type GantryEvent } from "../../src/index.js";
import { startFaultRegistry, type Front } from "./fault-registry.js";
import { ownOptions, type OwnOptions } from "./own-options.js";
import { randomBytes } from "./random-image.js";

export interface CachedBuild extends OwnOptions {
  readonly front: Front;
  readonly store: string;
  run(more?: BuildOptions): Promise<{ readonly digest: string; readonly events: readonly GantryEvent[] }>;
}

/** A build of one 300 kB file to a registry, whose packed layer is then in the cache. */
export async function createCachedBuild(t: TestContext): Promise<CachedBuild> {
  const options = await ownOptions(t);
  const front = await startFaultRegistry(t);
  writeFileSync(join(options.system.cwd, "file"), randomBytes(300_000, 5));
  const request = {
    base: "scratch",
    files: { "/file": "file" },
    compression: "gzip",
    tags: [`${front.host}/app:1`],
  };
  return {
    ...options,
    front,
    store: join(options.cacheDir, "store", "blobs", "sha256"),
    async run(more = {}) {
      const events: GantryEvent[] = [];
      const outputs = [{ type: "registry" }] as const;
      const [built] = await build(request, {
        ...options,
        outputs,
        onEvent: (event) => void events.push(event),
        ...more,
      });
      return { digest: built!.digest, events };
    },
  };
}

/** The packed layer among the blobs in a store. */
export const layerIn = (store: string): string =>
  join(
    store,
    readdirSync(store).find((name) => statSync(join(store, name)).size > 200_000)!,
  );
/** The codes of the warnings among events, in order. */
export const warnings = (events: readonly GantryEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
