import { requireImagePath } from "../../context/image-path.js";
import { GantryError } from "../../errors.js";

/** Where one entry of `files` goes. */
export interface FileDestination {
  /** In the image, without slashes around; "" is the root. */
  readonly path: string;
  /** True where a file goes into it under its own name. */
  readonly folder: boolean;
}

/** Reads an absolute path in the image ("/app/main.js", "/app/"); `.` and doubled slashes fall out, `..` is refused. */
export function parseDestination(text: string): FileDestination {
  if (!text.startsWith("/")) {
    const absolute = `/${text.replace(/^(\.\/)+/, "")}`;
    throw invalid(text, `expected an absolute path in the image (did you mean ${JSON.stringify(absolute)}?)`);
  }
  const variable = /\$\{TARGET(?:PLATFORM|OS|ARCH|VARIANT)\}/.exec(text)?.[0];
  if (variable !== undefined) {
    throw invalid(text, `${variable} is not expanded in destinations; use the overrides of "platforms"`);
  }
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw invalid(text, `".." is not allowed; write the path it leads to`);
  const path = parts.join("/");
  if (path !== "") requireImagePath(path);
  return { path, folder: /\/\.?$/.test(text) };
}

function invalid(text: string, problem: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `destination ${JSON.stringify(text)}: ${problem}`);
}
