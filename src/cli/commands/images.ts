import type { Command } from "commander";
import type { Terminal } from "../terminal.js";
import { formatBytes, formatTable, printable } from "../text.js";

export function define(command: Command, terminal: Terminal): void {
  command.description("Works on the local store, where builds without --push, --load and -o land.");
  command
    .command("ls")
    .summary("list the images")
    .description("Lists the images of the local store with their digests and sizes.")
    .option("--json", "print them as JSON")
    .action((flags: { readonly json?: boolean }) => list(flags, terminal));
  command
    .command("rm")
    .summary("remove images")
    .description('Removes names from the local store. "gantry cache prune" then frees the space.')
    .argument("<name...>", 'names as "gantry images ls" shows them')
    .action((names: readonly string[]) => remove(names, terminal));
}

async function list(
  { json }: { readonly json?: boolean },
  { api, stdout, stderr, system, signal }: Terminal,
): Promise<void> {
  const { listImages } = await api();
  const images = await listImages({ system, signal });
  if (json === true) return stdout.write(`${JSON.stringify(images, undefined, 2)}\n`);
  if (images.length === 0) {
    return stderr.write(
      "The local store is empty. A build without --push, --load and -o puts its images there.\n",
    );
  }
  const rows = images.map(({ name, descriptor, size, platforms }) => [
    printable(name),
    descriptor.digest,
    formatBytes(size),
    printable(platforms.join(",")),
  ]);
  stdout.write(formatTable([["NAME", "DIGEST", "SIZE", "PLATFORMS"], ...rows], { right: [2] }));
}

async function remove(names: readonly string[], { api, stdout, system, signal }: Terminal): Promise<void> {
  const { removeImages } = await api();
  for (const { name, descriptor } of await removeImages(names, { system, signal })) {
    stdout.write(`${printable(name)}@${descriptor.digest}\n`);
  }
}
