import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new empty folder that goes with the test. */
export async function scratchFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gantry-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

let count = 0;

/** Names for temporary files that never repeat within this process. */
export function token(): string {
  return `${process.pid}-${count++}`;
}
