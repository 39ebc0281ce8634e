import { readFileSync } from "node:fs";
import { during, GantryError } from "../../errors.js";
import { archiveKind } from "./is-archive.js";

/** The text of a Dockerfile. Throws ERR_GANTRY_SPEC_NOT_FOUND where there is none, ERR_GANTRY_USAGE for an archive. */
export function readDockerfileText(path: string): string {
  const bytes = readBytes(path);
  const kind = archiveKind(bytes);
  if (kind !== undefined)
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${path} is an archive (${kind}), expected a Dockerfile; to build from a tar: gantry build - < FILE`,
    );
  return bytes.toString("utf8");
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
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
