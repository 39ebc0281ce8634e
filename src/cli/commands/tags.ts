import type { Command } from "commander";
import { addRegistryFlags, registryOptions, type RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";

export function define(command: Command, terminal: Terminal): void {
  command
    .description("Lists the tags of a repository, one on a line.")
    .argument("<repository>", "as in references, without a tag: localhost:5000/app");
  addRegistryFlags(command).action(async (name: string, flags: RegistryFlags) => {
    const { api, system, signal, stdout } = terminal;
    const { listTags } = await api();
    const tags = await listTags(name, { ...registryOptions(flags), system, signal });
    stdout.write(tags.map((tag) => `${tag}\n`).join(""));
  });
}
