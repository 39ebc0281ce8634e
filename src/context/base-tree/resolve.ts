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
 * Walks a path from the root, following symlinks; see FileTree.resolve. ".." in the path goes up from where its symlinks
 * led, ".." in a symlink's text goes back in that text: so BuildKit does it.
 */
export function resolvePath<N extends Walkable<N>>(
  root: N,
  path: string,
  { last = "follow" }: { readonly last?: "follow" | "keep" | undefined } = {},
): { readonly path: string; readonly node: N | undefined } {
  const names: string[] = [];
  const nodes: (N | undefined)[] = [root];
  const left = partsOf(path).reverse();
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
    if (target.startsWith("/")) [names.length, nodes.length] = [0, 1];
    for (const part of cleanedParts(target).reverse()) left.push(part);
  }
  return { path: names.join("/"), node: nodes.at(-1) };
}

/** A path's names, and its ".."s. */
export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function cleanedParts(target: string): string[] {
  const parts: string[] = [];
  for (const part of partsOf(target)) {
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
