import { statSync } from "node:fs";
import { resolve } from "node:path";
import { GantryError } from "../../index.js";
import type { Api, Terminal } from "../terminal.js";
import { mayBeRemote } from "./elsewhere.js";

/** Throws ERR_GANTRY_USAGE where a context that is to be a folder of this machine is none. */
export function checkContext(
  context: string,
  { system: { cwd }, api }: Pick<Terminal, "system"> & { readonly api: Api },
): void {
  if (context === "-" || (mayBeRemote(context) && api.isRemoteContext(context))) return;
  const path = resolve(cwd, context);
  // Whatever the working directory is, the user is in it.
  const problem = path === resolve(cwd) ? undefined : problemOf(path);
  if (problem !== undefined) throw new GantryError("ERR_GANTRY_USAGE", `the context ${path} ${problem}`);
}

function problemOf(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return undefined;
    return `is a file: expected a folder; a Dockerfile is named with -f, a tar comes on standard input: gantry build - < FILE`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What else is wrong with it shows where it is read.
    return code === "ENOENT" || code === "ENOTDIR"
      ? "does not exist: name the folder to build from"
      : undefined;
  }
}
