import { GantryError, suggest } from "../errors.js";
import { parseReference, type Reference } from "../model/reference.js";

/** A place and a name in it, as the command line writes them. Paths are as given: relative ones are the caller's to resolve. */
export type PlaceName =
  | { readonly type: "registry"; readonly reference: Reference }
  | { readonly type: "oci" | "oci-archive" | "docker-archive"; readonly path: string; readonly name?: string }
  | { readonly type: "store"; readonly name: string };

const schemes = ["oci", "oci-archive", "docker-archive", "store", "docker"] as const;

/**
 * Reads `oci:DIR[:NAME]`, `oci-archive:FILE[:NAME]`, `docker-archive:FILE[:REFERENCE]`, `store:NAME`, `docker://REFERENCE`
 * or a bare reference. `oci:` of a path that ends in ".tar" is an archive. Throws ERR_GANTRY_USAGE or
 * ERR_GANTRY_REFERENCE_INVALID.
 */
export function parsePlace(text: string): PlaceName {
  const scheme = /^([a-z][a-z-]*):(?=.)/.exec(text)?.[1];
  const rest = scheme === undefined ? text : text.slice(scheme.length + 1);
  switch (scheme) {
    case "oci":
    case "oci-archive":
    case "docker-archive": {
      const { path, name } = splitPath(rest);
      if (path === "") throw usage(text, "the path is missing");
      const type = scheme === "oci" && path.endsWith(".tar") ? "oci-archive" : scheme;
      return name === undefined ? { type, path } : { type, path, name };
    }
    case "store":
      return { type: "store", name: rest };
    default:
      return { type: "registry", reference: parseReference(bareReference(text, scheme, rest)) };
  }
}

function bareReference(text: string, scheme: string | undefined, rest: string): string {
  if (rest.startsWith("//") && scheme === "docker") return rest.slice(2);
  if (/^(?:oci|oci-archive|docker-archive|store):$/.test(text))
    throw usage(text, "nothing follows the colon");
  // "app:1" is a reference and "oci:out" a layout: only what cannot be a tag tells a mistyped scheme.
  // A URL is told what it lacks by the reference's own reader.
  const isUrl = /^https?$/.test(scheme ?? "") && rest.startsWith("//");
  if (scheme !== undefined && /^[./]/.test(rest) && !isUrl) {
    throw usage(text, `unknown kind of place "${scheme}:"${suggest(scheme, schemes)}`);
  }
  return text;
}

/** The name begins at the first colon behind the path; a drive letter's colon is part of the path. */
function splitPath(text: string): { readonly path: string; readonly name?: string } {
  const from = /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0;
  const colon = text.indexOf(":", from);
  if (colon < 0 || colon === text.length - 1) return { path: colon < 0 ? text : text.slice(0, -1) };
  return { path: text.slice(0, colon), name: text.slice(colon + 1) };
}

function usage(text: string, problem: string): GantryError {
  const expected =
    "a reference, oci:DIR[:NAME], oci-archive:FILE, docker-archive:FILE[:REFERENCE] or store:NAME";
  return new GantryError("ERR_GANTRY_USAGE", `"${text}" is not a place: ${problem}; expected ${expected}`);
}
