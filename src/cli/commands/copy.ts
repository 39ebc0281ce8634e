import type { Command } from "commander";
import {
  addProgressFlags,
  addPushErrorFlag,
  addRegistryFlags,
  registryOptions,
  withoutUndefined,
} from "../flags.js";
import type { ProgressFlags, PushErrorFlags, RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";
import { reportPublished } from "../published.js";

interface CopyFlags extends RegistryFlags, ProgressFlags, PushErrorFlags {
  readonly platform?: string;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      "Copies an image with all its platforms; blobs that the destination has or can mount are not sent.",
    )
    .argument("<source>", "a reference, oci:DIR[:NAME], oci-archive:FILE, docker-archive:FILE or store:NAME")
    .argument("<destination...>", "one or more of the same")
    .option("--platform <platform>", "copy only the image for this platform");
  addPushErrorFlag(command);
  addRegistryFlags(command);
  addProgressFlags(command)
    .addHelpText("after", examples)
    .action(async (source: string, destinations: readonly string[], flags: CopyFlags) => {
      const { openProgress } = await import("../progress/open.js");
      const { copy } = await terminal.api();
      const { system, signal } = terminal;
      const own = withoutUndefined({ platform: flags.platform, onPushError: flags.onPushError });
      const progress = openProgress(flags, terminal);
      const result = await progress.during((listeners) =>
        copy(source, destinations, { ...registryOptions(flags), ...own, system, signal, ...listeners }),
      );
      reportPublished(result, progress.mode, terminal);
    });
}

const examples = `
Examples:
  gantry copy debian:12-slim localhost:5000/debian:12-slim
  gantry copy localhost:5000/app:1 oci:out:app
  gantry copy --platform linux/arm64 oci-archive:app.tar ghcr.io/me/app:1-arm64
  gantry copy store:app ghcr.io/me/app:1 registry.example.com/app:1`;
