import { readFileSync } from "node:fs";
import { during, GantryError } from "../../errors.js";

/** The text of a Dockerfile. Throws ERR_GANTRY_SPEC_NOT_FOUND where there is none. */
export function readDockerfileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR")
      throw new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", `${path} is a folder: name the Dockerfile in it`, {
        cause: error,
      });
    if (code !== "ENOENT") throw during(`reading ${path}`, error, "ERR_GANTRY_SOURCE_UNREADABLE");
    throw new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", `there is no Dockerfile ${path}: name one with -f`, {
      cause: error,
    });
  }
}
