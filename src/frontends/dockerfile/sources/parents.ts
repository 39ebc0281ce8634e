import { posix } from "node:path";
import { isGlob } from "../../../context/go-match.js";
import { onlyMatching } from "../../../context/only-matching.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";

/**
 * A source as `--parents` has it: what a word names is matched from the root, or from where the word says `/./`, and
 * keeps its path from there. A word without wildcards has to match something.
 */
export function withParents(source: CopySource): CopySource {
  const words = new Map<Found, ParentsWord>();
  return {
    ...source,
    async find(text) {
      const word = splitWord(text);
      const only = onlyMatching(word.pattern);
      const roots = await source.find(word.root);
      const folders = source.isFolder === true ? roots.filter(({ isDirectory }) => isDirectory) : roots;
      if (folders.length < roots.length && !isGlob(word.root))
        throw invalid(`${word.root} is no folder: ${text} can match nothing in it`);
      const found = folders.map((each) => ({ ...each, only }));
      for (const each of found) words.set(each, word);
      return found;
    },
    async entries(found, destination, options) {
      const entries = await source.entries(found, destination, options);
      const { pattern, required } = words.get(found)!;
      const start = posix.join(destination, pattern);
      if (required === undefined || entries.some(({ path }) => path.startsWith(start))) return entries;
      await source.find(required);
      throw invalid(
        `failed to calculate checksum: ${JSON.stringify(required)}: not found: --parents follows no symlinks after ` +
          "the root or /./, and takes nothing that is left out",
      );
    },
  };
}

/** A word of a COPY with --parents. */
interface ParentsWord {
  /** The folder that paths are kept from, which may have wildcards of its own. */
  readonly root: string;
  /** What is copied of it; without slashes around it. */
  readonly pattern: string;
  /** The path that has to be there, for messages too; undefined where a wildcard may match nothing. */
  readonly required: string | undefined;
}

const pivot = "/./";

function splitWord(text: string): ParentsWord {
  const at = text.indexOf(pivot);
  const root = at < 0 ? "/" : text.slice(0, at);
  const pattern = cleaned(at < 0 ? text : text.slice(at + pivot.length));
  const required = isGlob(root) || isGlob(pattern) ? undefined : posix.join("/", root, pattern);
  return { root, pattern, required };
}

function cleaned(path: string): string {
  return posix.join("/", path).replace(/^\/|\/$/g, "");
}
