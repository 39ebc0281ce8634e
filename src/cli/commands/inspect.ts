import type { Command } from "commander";
import { addRegistryFlags, registryOptions } from "../flags.js";
import type { RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";

interface InspectFlags extends RegistryFlags {
  readonly platform?: string;
  readonly json?: boolean;
  readonly raw?: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      "Shows an index, its images, their configuration and their layers with sizes. No layer is downloaded.",
    )
    .argument("<image>", "a reference, oci:DIR[:NAME], oci-archive:FILE, docker-archive:FILE or store:NAME")
    .option("--platform <platform>", "show only the image for this platform")
    .option("--json", "print all of it as JSON")
    .option("--raw", "print the manifest byte for byte");
  addRegistryFlags(command)
    .addHelpText("after", examples)
    .action(async (name: string, flags: InspectFlags) => {
      const { inspect, GantryError } = await terminal.api();
      if (flags.json === true && flags.raw === true) {
        throw new GantryError("ERR_GANTRY_USAGE", "--json and --raw exclude each other: choose one");
      }
      const { formatInspection, inspectionJson } = await import("../inspection.js");
      const { system, signal, stdout } = terminal;
      const platform = flags.platform === undefined ? {} : { platform: flags.platform };
      const found = await inspect(name, { ...registryOptions(flags), ...platform, system, signal });
      if (flags.raw === true) stdout.write(Buffer.from(found.bytes).toString("utf8"));
      else if (flags.json === true) stdout.write(`${JSON.stringify(inspectionJson(found), undefined, 2)}\n`);
      else stdout.write(formatInspection(found));
    });
}

const examples = `
Examples:
  gantry inspect debian:12-slim
  gantry inspect --platform linux/arm64 --json localhost:5000/app:1
  gantry inspect --raw oci:out | sha256sum`;
