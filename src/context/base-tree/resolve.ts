import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";

/** What a path can lead through: a folder has children, a symlink a target. */
export interface Walkable<N> {
  readonly type: string;
  readonly children?: ReadonlyMap<string, N>;
  readonly linkTarget?: string;
}

/** As many as BuildKit and Linux' own limits let a path go through, for certain. */
const maxLinks = 255;

/**
 * Walks a path from the root, following symlinks; see FileTree.resolve. ".." takes back the name before it in its own
 * text, also where that name is a symlink: not what Linux does, but where BuildKit copies to.
 */
export function resolvePath<N extends Walkable<N>>(
  root: N,
  path: string,
  { last = "follow" }: { readonly last?: "follow" | "keep" | undefined } = {},
): { readonly path: string; readonly node: N | undefined } {
  const names: string[] = [];
  const nodes: (N | undefined)[] = [root];
  const left = cleanedParts(path).reverse();
  for (let links = 0; left.length > 0;) {
    const name = left.pop()!;
    if (name === "..") {
      if (names.pop() !== undefined) nodes.pop();
      continue;
    }
    const node = nodes.at(-1)?.children?.get(name);
    const target = node?.linkTarget;
    if (target === undefined || (last === "keep" && left.length === 0)) {
      names.push(name);
      nodes.push(node);
      continue;
    }
    if (++links > maxLinks) throw tooManyLinks(path);
    const isAbsolute = target.startsWith("/");
    // An absolute target at the end is the one text that BuildKit walks as Linux would.
    const parts = isAbsolute && left.length === 0 ? partsOf(target) : cleanedParts(target);
    if (isAbsolute) [names.length, nodes.length] = [0, 1];
    for (const part of parts.reverse()) left.push(part);
  }
  return { path: names.join("/"), node: nodes.at(-1) };
}

/** A path's names, and its ".."s. */
export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function cleanedParts(path: string): string[] {
  const parts: string[] = [];
  for (const part of partsOf(path)) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts;
}

function tooManyLinks(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_LIMIT",
    `the path ${quote(`/${path}`)} of the image goes through more than ${maxLinks} symlinks: they form a loop; choose another path, or mend the image`,
  );
}
