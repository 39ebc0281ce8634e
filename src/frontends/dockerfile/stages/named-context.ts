import { resolve } from "node:path";
import { allDone } from "../../../concurrency.js";
import { GantryError } from "../../../errors.js";
import type { IoOptions } from "../../../model/events.js";
import { parseGitSource } from "../../../model/git-source.js";
import type { Checkout } from "../../../plan/remote-files.js";
import type { World } from "../../../plan/world.js";
import { withoutCredentials } from "../../../model/without-credentials.js";

/**
 * What `--build-context NAME=…` stands for: a folder, of this machine or of a commit, or an image as `World.base` takes
 * it.
 */
export type NamedContext =
  | { readonly type: "folder"; readonly root: string; readonly checkout?: Checkout }
  | { readonly type: "image"; readonly name: string };

/** Contexts by name: they take the place of the stage, or of the image, of that name. */
export type NamedContexts = ReadonlyMap<string, NamedContext>;

/**
 * Reads `docker-image://REFERENCE`, `oci-layout://DIR[:NAME]`, a git repository or a folder; folders are relative to
 * `cwd`, and repositories are fetched. Throws ERR_GANTRY_USAGE for what cannot be a context.
 */
export async function openNamedContexts(
  contexts: Readonly<Record<string, string>>,
  { cwd, world, ...io }: IoOptions & { readonly cwd: string; readonly world: World },
): Promise<NamedContexts> {
  const opened = Object.entries(contexts).map(async ([name, text]) => {
    const git = parseGitSource(text);
    if (git === undefined) return [name.toLowerCase(), parseOne(name, text, cwd)] as const;
    const checkout = await world.remote.checkout(git, io);
    return [name.toLowerCase(), { type: "folder", root: checkout.root, checkout }] as const;
  });
  return new Map<string, NamedContext>(await allDone(opened));
}

function parseOne(name: string, text: string, cwd: string): NamedContext {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined && text !== "") return { type: "folder", root: resolve(cwd, text) };
  if (scheme === "docker-image" && rest !== "") return { type: "image", name: rest };
  if (scheme === "oci-layout" && rest !== "")
    return { type: "image", name: `oci-layout:${resolve(cwd, rest)}` };
  throw new GantryError(
    "ERR_GANTRY_USAGE",
    `context ${name} is ${JSON.stringify(withoutCredentials(text))}: expected a folder, docker-image://REFERENCE, oci-layout://DIR or a git repository`,
  );
}
