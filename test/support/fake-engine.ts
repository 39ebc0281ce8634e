import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a fake docker was asked for, and what it found in the files it was given. */
export interface EngineCall {
  readonly args: readonly string[];
  readonly dockerfile: string;
  readonly ignore: string;
}

/** A `docker` on a PATH of its own that makes of every stage the same image. */
export interface FakeEngine {
  /** The folder it is in. */
  readonly path: string;
  /** In the order they came. */
  calls(): readonly EngineCall[];
}

/** Writes a fake docker into a folder: it notes what it is asked for, says `says` and hands out a copy of the OCI layout. */
export function writeFakeDocker(
  folder: string,
  {
    layout,
    says = "working",
    status = 0,
    waits = false,
  }: {
    readonly layout: string;
    readonly says?: string;
    readonly status?: number;
    /** It tells its process in the file "pid" of its folder, and never ends by itself. */
    readonly waits?: boolean;
  },
): FakeEngine {
  const path = join(folder, "bin");
  const log = join(path, "calls");
  mkdirSync(path, { recursive: true });
  const program = join(path, "docker");
  writeFileSync(
    program,
    `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2);
const file = args[args.indexOf("--file") + 1];
const call = { args, dockerfile: fs.readFileSync(file, "utf8"), ignore: fs.readFileSync(file + ".dockerignore", "utf8") };
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify(call) + "\\n");
process.stdout.write(${JSON.stringify(`${says}\n`)});
const dest = /dest=([^",]*)/.exec(args[args.indexOf("--output") + 1])[1];
if (${waits}) {
  fs.writeFileSync(${JSON.stringify(join(path, "pid"))}, process.pid + "\\n");
  setInterval(() => undefined, 1000);
} else {
  if (${status} === 0) fs.cpSync(${JSON.stringify(layout)}, dest, { recursive: true });
  process.exitCode = ${status};
}
`,
  );
  chmodSync(program, 0o755);
  return {
    path,
    calls: () =>
      existsSync(log)
        ? readFileSync(log, "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as EngineCall)
        : [],
  };
}
