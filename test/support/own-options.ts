import { join } from "node:path";
import type { TestContext } from "node:test";
import { nodeSystem, type System } from "../../src/system.js";
import { scratchFolder } from "./scratch-folder.js";

/** What a test gives the public functions so that they meet neither the user's files nor another test. */
export interface OwnOptions {
  /** Relative paths start in the new folder `system.cwd`; the environment is empty. */
  readonly system: System;
  readonly cacheDir: string;
}

export async function ownOptions(t: TestContext): Promise<OwnOptions> {
  const folder = await scratchFolder(t);
  return {
    system: { ...nodeSystem(), cwd: folder, env: {}, home: folder },
    cacheDir: join(folder, ".gantry"),
  };
}
