import { resolve } from "node:path";
import { GantryError } from "../../../errors.js";

/** What `--build-context NAME=…` stands for: a folder of this machine, or an image as `World.base` takes it. */
export type NamedContext =
  { readonly type: "folder"; readonly root: string } | { readonly type: "image"; readonly name: string };

/** Contexts by name: they take the place of the stage, or of the image, of that name. */
export type NamedContexts = ReadonlyMap<string, NamedContext>;

/**
 * Reads `docker-image://REFERENCE`, `oci-layout://DIR[:NAME]` or a folder; folders are relative to `cwd`. Throws
 * ERR_GANTRY_USAGE for what cannot be a context.
 */
export function parseNamedContexts(contexts: Readonly<Record<string, string>>, cwd: string): NamedContexts {
  return new Map(
    Object.entries(contexts).map(([name, text]) => [name.toLowerCase(), parseOne(name, text, cwd)]),
  );
}

function parseOne(name: string, text: string, cwd: string): NamedContext {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined && text !== "") return { type: "folder", root: resolve(cwd, text) };
  if (scheme === "docker-image" && rest !== "") return { type: "image", name: rest };
  if (scheme === "oci-layout" && rest !== "")
    return { type: "image", name: `oci-layout:${resolve(cwd, rest)}` };
  throw new GantryError(
    "ERR_GANTRY_USAGE",
    `context ${name} is ${JSON.stringify(text)}: expected a folder, docker-image://REFERENCE or oci-layout://DIR`,
  );
}
