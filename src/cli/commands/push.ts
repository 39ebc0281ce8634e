import type { Command } from "commander";
import {
  addProgressFlags,
  addPushErrorFlag,
  addRegistryFlags,
  registryOptions,
  withoutUndefined,
} from "../flags.js";
import type { ProgressFlags, PushErrorFlags, RegistryFlags } from "../flags.js";
import { reportPublished } from "../published.js";
import type { Terminal } from "../terminal.js";

type PushFlags = RegistryFlags & ProgressFlags & PushErrorFlags;

export function define(command: Command, terminal: Terminal): void {
  command
    .description("Pushes an image of the local store to its own name, or to the names that follow.")
    .argument("<name>", 'the image, as "gantry images ls" names it')
    .argument("[reference...]", "where to push it: REGISTRY/REPOSITORY:TAG");
  addPushErrorFlag(command);
  addRegistryFlags(command);
  addProgressFlags(command)
    .addHelpText("after", examples)
    .action(async (name: string, references: readonly string[], flags: PushFlags) => {
      const { openProgress } = await import("../progress/open.js");
      const { push } = await terminal.api();
      const { system, signal } = terminal;
      const onPushError = withoutUndefined({ onPushError: flags.onPushError });
      const progress = openProgress(flags, terminal);
      const result = await progress.during((listeners) =>
        push(name, references, { ...registryOptions(flags), ...onPushError, system, signal, ...listeners }),
      );
      reportPublished(result, progress.mode, terminal);
    });
}

const examples = `
Examples:
  gantry push ghcr.io/me/app:1
  gantry push app ghcr.io/me/app:1 registry.example.com/app:1`;
