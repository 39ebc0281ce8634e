import type { Command } from "commander";
import { addRegistryFlags, registryOptions, type RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";
import { formatBytes, formatTable, printable } from "../text.js";

interface ReferrersFlags extends RegistryFlags {
  readonly type?: string;
  readonly json?: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description("Lists what refers to an image in its repository: signatures, SBOMs, attestations.")
    .argument("<image>", "a reference with a tag or digest")
    .option("--type <type>", "only those of this artifact type")
    .option("--json", "print their descriptors as JSON");
  addRegistryFlags(command).action((name: string, flags: ReferrersFlags) => list(name, flags, terminal));
}

async function list(name: string, flags: ReferrersFlags, terminal: Terminal): Promise<void> {
  const { api, system, signal, stdout, stderr } = terminal;
  const { listReferrers } = await api();
  const options = { ...registryOptions(flags), artifactType: flags.type, system, signal };
  const found = await listReferrers(name, options);
  if (flags.json === true) return stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  if (found.length === 0) return stderr.write(`Nothing refers to ${printable(name)}.\n`);
  const rows = found.map(({ digest, size, artifactType, mediaType }) => [
    digest,
    formatBytes(size),
    printable(artifactType ?? mediaType),
  ]);
  stdout.write(formatTable([["DIGEST", "SIZE", "TYPE"], ...rows], { right: [1] }));
}
