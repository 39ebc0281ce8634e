import type { Command } from "commander";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { formatBytes, formatTable, printable } from "../text.js";

export function define(command: Command, terminal: Terminal): void {
  command.description(
    "Works on what gantry keeps on this machine ($GANTRY_CACHE_DIR, else the user's cache folder).",
  );
  command
    .command("ls")
    .summary("list what is kept")
    .description("Lists the blobs that are kept, with their sizes and what they are for.")
    .option("--json", "print them as JSON")
    .action((flags: { readonly json?: boolean }) => list(flags, terminal));
  command
    .command("verify")
    .summary("read everything and compare with its digest")
    .description("Reads every blob and compares it with its digest. Exit status 1 where one is damaged.")
    .action(() => verify(terminal));
  command
    .command("prune")
    .summary("remove what no image of the local store needs")
    .description("Removes what no image of the local store needs. Images that have a name are never touched.")
    .action(() => prune(terminal));
}

async function list(
  { json }: { readonly json?: boolean },
  { api, stdout, stderr, system, signal }: Terminal,
): Promise<void> {
  const { cacheList } = await api();
  const entries = await cacheList({ system, signal });
  if (json === true) return stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
  if (entries.length === 0) return stderr.write("The cache is empty.\n");
  const rows = entries.map(({ digest, size, use = "" }) => [digest, formatBytes(size), printable(use)]);
  stdout.write(formatTable([["DIGEST", "SIZE", "USE"], ...rows], { right: [1] }));
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  stderr.write(`${entries.length} blobs, ${formatBytes(total)}\n`);
}

async function verify({ api, stdout, stderr, system, signal }: Terminal): Promise<void> {
  const { cacheVerify } = await api();
  const { blobs, bytes, corrupt, missing } = await cacheVerify({ system, signal });
  for (const digest of corrupt) stdout.write(`${digest}  damaged\n`);
  for (const digest of missing) stdout.write(`${digest}  missing\n`);
  if (corrupt.length + missing.length === 0) {
    return stderr.write(`${blobs} blobs checked (${formatBytes(bytes)}), all are whole\n`);
  }
  stderr.write(
    `gantry: of ${blobs} blobs ${corrupt.length} are damaged, and ${missing.length} are missing; build the images that need them again\n`,
  );
  throw new Exit(1);
}

async function prune({ api, stderr, system, signal }: Terminal): Promise<void> {
  const { cachePrune } = await api();
  const { blobs, bytes, records } = await cachePrune({ system, signal });
  const removed = `Removed ${blobs} blobs (${formatBytes(bytes)}) and ${records} records of layers\n`;
  stderr.write(blobs + records === 0 ? "Nothing to remove\n" : removed);
}
