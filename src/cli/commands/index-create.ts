import type { Command } from "commander";
import {
  addProgressFlags,
  addPushErrorFlag,
  addRegistryFlags,
  collect,
  collectPairs,
  registryOptions,
  withoutUndefined,
} from "../flags.js";
import type { ProgressFlags, PushErrorFlags, RegistryFlags } from "../flags.js";
import { reportPublished } from "../published.js";
import type { Terminal } from "../terminal.js";

interface IndexFlags extends RegistryFlags, ProgressFlags, PushErrorFlags {
  readonly tag: readonly string[];
  readonly annotation?: Readonly<Record<string, string>>;
}

export function define(index: Command, terminal: Terminal): void {
  index.description("Works on image indexes: the lists that give one name to images of several platforms.");
  const command = index.command("create").summary("join images that were pushed apart");
  command
    .description(
      "Joins images, each for another platform, under one name. Indexes among them give all their images.",
    )
    .argument("<image...>", "references of the images to join")
    .requiredOption("-t, --tag <reference>", "name of the index (repeatable)", collect)
    .option("--annotation <name=value>", "annotation of the index (repeatable)", collectPairs);
  addPushErrorFlag(command);
  addRegistryFlags(command);
  addProgressFlags(command)
    .addHelpText("after", examples)
    .action(async (from: readonly string[], flags: IndexFlags) => {
      const { openProgress } = await import("../progress/open.js");
      const { createIndex } = await terminal.api();
      const { system, signal } = terminal;
      const own = withoutUndefined({ annotations: flags.annotation, onPushError: flags.onPushError });
      const progress = openProgress(flags, terminal);
      const result = await progress.during((listeners) =>
        createIndex({
          ...registryOptions(flags),
          ...own,
          tags: flags.tag,
          from,
          system,
          signal,
          ...listeners,
        }),
      );
      reportPublished(result, progress.mode, terminal);
    });
}

const examples = `
Examples:
  gantry index create -t ghcr.io/me/app:1 ghcr.io/me/app:1-amd64 ghcr.io/me/app:1-arm64`;
