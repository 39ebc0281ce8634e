import { GantryError } from "../errors.js";

/** Refuses a path that cannot stand in a layer: "a/b" is expected, without slashes around, `..`, or whiteout names. */
export function requireImagePath(path: string): void {
  if (/[\ud800-\udfff]/.test(path) && !isWellFormed(path)) throw refusal(path, "is not valid Unicode");
  if (path.includes("\0")) throw refusal(path, "contains a NUL character");
  for (const part of path.split("/")) {
    if (part === "") throw refusal(path, "has an empty part");
    if (part === "." || part === "..") throw refusal(path, `contains "${part}"; write the path it leads to`);
    if (isWhiteout(part))
      throw refusal(path, `contains "${part}": names that begin with .wh. delete files in layers`);
  }
}

/** Whether a name means the deletion of a file (image-spec layer.md, "Whiteouts"). */
export function isWhiteout(name: string): boolean {
  return name.startsWith(".wh.");
}

function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function refusal(path: string, reason: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `destination ${JSON.stringify(`/${path}`)} ${reason}`);
}
