#!/usr/bin/env node
import { readFileSync } from "node:fs";

/** The command line's entry: `--version` is answered before anything else is loaded. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const command = argv.findIndex((word) => !word.startsWith("-"));
  const leading = command === -1 ? argv : argv.slice(0, command);
  if (leading.includes("--version") || leading.includes("-V")) {
    process.stdout.on("error", (error) => void failVersion(error));
    process.stdout.write(`gantry ${version()}\n`);
    return;
  }
  const { runProcess } = await import("./process.js");
  await runProcess(argv);
}

/** Node's own stream tells of a failure by an event, which ends the process with a stack trace where nobody listens. */
async function failVersion(error: NodeJS.ErrnoException): Promise<void> {
  if (error.code === "EPIPE") process.exit(141);
  const { lostOutput, processOutput } = await import("./process-output.js");
  const stderr = processOutput(process.stderr, () => undefined);
  stderr.write(lostOutput(error));
  await stderr.flushed();
  process.exit(1);
}

/** The package's version; its package.json is one folder up in the package and three in a test build. */
function version(): string {
  for (const path of ["../package.json", "../../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string })
        .version;
    } catch {
      continue;
    }
  }
  return "unknown";
}

void main();
