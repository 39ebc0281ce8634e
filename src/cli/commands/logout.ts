import type { Command } from "commander";
import { registryOptions } from "../flags.js";
import type { RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";
import { printable } from "../text.js";

export function define(command: Command, terminal: Terminal): void {
  command
    .description("Removes a registry's credentials from where docker keeps them.")
    .argument("[registry]", "the registry's host, with its port if it has one", "docker.io")
    .option("--authfile <file>", "remove them from this file instead")
    .action(async (registry: string, flags: Pick<RegistryFlags, "authfile">) => {
      const { logout } = await terminal.api();
      const { system, signal, stderr } = terminal;
      const removed = await logout(registry, { ...registryOptions(flags), system, signal });
      stderr.write(
        printable(removed ? `Logged out of ${registry}` : `There were no credentials for ${registry}`) + "\n",
      );
    });
}
