import { existsSync, readFileSync } from "node:fs";

/** Whether a process is at work; one that has ended and that nobody has asked about yet is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const about = `/proc/${pid}/stat`;
  return !existsSync(about) || !/\) [ZX] /.test(readFileSync(about, "utf8"));
}

/** Resolves when the process has ended; a test that waits in vain is ended by its own limit. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a program wrote to a file, once it did. */
export async function written(file: string): Promise<string> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (text.endsWith("\n")) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
