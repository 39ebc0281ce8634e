import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const prefix = "runs-";

/** A folder in the work folder for what this process's runs leave; those of benches that were killed are removed. */
export function openScratch(work: string): string {
  mkdirSync(work, { recursive: true });
  for (const name of readdirSync(work)) {
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length))))
      rmSync(join(work, name), { recursive: true, force: true });
  }
  const scratch = join(work, `${prefix}${process.pid}`);
  mkdirSync(scratch);
  return scratch;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
