import type { Command } from "commander";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { counted, formatBytes, formatTable, printable } from "../text.js";

export function define(command: Command, terminal: Terminal): void {
  command.description(
    "Works on what gantry keeps on this machine ($GANTRY_CACHE_DIR, else the user's cache folder).",
  );
  command
    .command("ls")
    .summary("list what is kept")
    .description("Lists the blobs that are kept, with their sizes.")
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
    .description(
      "Removes what no image of the local store needs and no build has used for a day.\n" +
        "Images that have a name are never touched, nor is what a running build needs.",
    )
    .option("--all", "remove also what was used within the last day: while no build is running")
    .action((flags: { readonly all?: boolean }) => prune(flags, terminal));
}

async function list(
  { json }: { readonly json?: boolean },
  { api, stdout, stderr, system, signal }: Terminal,
): Promise<void> {
  const { listCache } = await api();
  const listing = await listCache({ system, signal });
  if (json === true) return stdout.write(`${JSON.stringify(listing, undefined, 2)}\n`);
  const { folder, blobs, size, records } = listing;
  const rows = blobs.map((blob) => [blob.digest, formatBytes(blob.size)]);
  if (rows.length > 0) stdout.write(formatTable([["DIGEST", "SIZE"], ...rows], { right: [1] }));
  const held = `${counted(rows.length, "blob")} (${formatBytes(size)}) and ${counted(records, "layer record")}`;
  stderr.write(`${held} in ${printable(folder)}\n`);
}

async function verify({ api, stdout, stderr, system, signal }: Terminal): Promise<void> {
  const { verifyCache } = await api();
  const { blobs, bytes, corrupt, missing } = await verifyCache({ system, signal });
  for (const digest of corrupt) stdout.write(`${digest}  damaged\n`);
  for (const digest of missing) stdout.write(`${digest}  missing\n`);
  if (corrupt.length + missing.length === 0) {
    return stderr.write(`${counted(blobs, "blob")} checked (${formatBytes(bytes)}), all are whole\n`);
  }
  stderr.write(
    `gantry: ${counted(blobs, "blob")} checked: ${corrupt.length} damaged, ${missing.length} missing; build the images that need them again\n`,
  );
  throw new Exit(1);
}

async function prune(
  { all = false }: { readonly all?: boolean },
  { api, stderr, system, signal }: Terminal,
): Promise<void> {
  const { pruneCache } = await api();
  const { blobs, bytes, records, recentBlobs, recentBytes } = await pruneCache({ all, system, signal });
  const removed = `Removed ${counted(blobs, "blob")} (${formatBytes(bytes)}) and ${counted(records, "layer record")}\n`;
  stderr.write(blobs + records === 0 ? "Nothing to remove\n" : removed);
  if (recentBlobs > 0) {
    stderr.write(
      `Kept ${counted(recentBlobs, "blob")} (${formatBytes(recentBytes)}) used within the last day; --all removes them too\n`,
    );
  }
}
