import { GantryError } from "../errors.js";
import { parseReference } from "../model/reference.js";
import { copy } from "./copy.js";
import type { CopyOptions, CopyResult } from "./copy.js";

/**
 * Pushes an image of the local store: to the tags given, or to the one it is stored under. Throws ERR_GANTRY_NOT_FOUND
 * with the nearest name there is, ERR_GANTRY_NO_DESTINATION where it was stored under a bare name and no tag is given.
 */
export async function push(
  name: string,
  tags: readonly string[] = [],
  options: CopyOptions = {},
): Promise<CopyResult> {
  if (tags.length === 0 && !/[:/]/.test(name)) {
    throw new GantryError(
      "ERR_GANTRY_NO_DESTINATION",
      `"${name}" does not say where to push: add a reference, as in gantry push ${name} localhost:5000/${name}:1`,
    );
  }
  const targets = tags.length === 0 ? [name] : tags;
  for (const target of targets) parseReference(target);
  return copy(`store:${name}`, targets, options);
}
