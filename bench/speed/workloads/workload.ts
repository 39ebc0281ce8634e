import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files to build from: the same everywhere, from a seed or a lock file. */
export interface Workload {
  readonly name: string;
  /** All that decides its files: another definition is made anew. */
  readonly definition: string;
  /** Makes it in an empty folder. */
  readonly make: (folder: string) => Promise<void> | void;
}

/** Makes a workload in the work folder unless it is there already: its own folder. */
export async function prepareWorkload(
  work: string,
  { name, definition, make }: Workload,
  onLine: (line: string) => void,
): Promise<string> {
  const folder = join(work, `${name}-${hash(definition)}`);
  const made = join(folder, ".made");
  if (existsSync(made)) return join(folder, "files");
  onLine(`making the workload ${name} in ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, "files"), { recursive: true });
  await make(join(part, "files"));
  writeFileSync(join(part, ".made"), `${definition}\n`);
  renameSync(part, folder);
  return join(folder, "files");
}

/** Where workloads are kept from one run of the bench to the next, unless a folder is given. */
export function defaultWork(workloads: readonly Workload[]): string {
  return join(tmpdir(), `gantry-bench-${hash(workloads.map(({ definition }) => definition).join("\n"))}`);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
