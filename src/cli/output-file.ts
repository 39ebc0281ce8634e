import { accessSync, constants, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { GantryError } from "../index.js";
import type { System } from "../index.js";

/** The absolute path of a file that a flag names, if it does; ERR_GANTRY_USAGE, before any work, where it cannot be written. */
export function outputPath<T extends string | undefined>(
  flag: string,
  file: T,
  { cwd }: Pick<System, "cwd">,
): T {
  if (file === undefined) return file;
  const path = resolve(cwd, file);
  const folder = dirname(path);
  if (!isFolder(folder)) throw usage(`${flag} ${file}: the folder ${folder} does not exist`);
  if (isFolder(path)) throw usage(`${flag} ${file} is a folder: give the name of a file`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw usage(`${flag} ${file}: nothing can be written into the folder ${folder}`);
  }
  return path as T;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Writes a file so that it is there whole or not at all. Throws ERR_GANTRY_OUTPUT. */
export async function writeWhole(
  path: string,
  text: string,
  { token }: Pick<System, "token">,
): Promise<void> {
  const temporary = `${path}.${token(6)}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new GantryError("ERR_GANTRY_OUTPUT", `writing ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
