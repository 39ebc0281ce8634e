import { GantryError } from "../errors.js";
import type { Swept, SweptShare } from "./sweep.js";

/** A folder's names and facts: a stretch of those of its share. */
export interface List {
  readonly share: number;
  readonly names: readonly string[];
  readonly facts: Float64Array;
  readonly from: number;
  /** -1: it could not be read. */
  readonly count: number;
  /** The number, in its share or behind it, of the first folder in it; the others follow. */
  readonly firstFolder: number;
}

/** The lists of a tree's folders. */
export interface Lists {
  root(): List;
  /** The list of a folder by its number in the share of the folder it is in. */
  at(within: List, number: number): List;
}

/** Finds folders' lists in shares, which are taken apart as they are come to. */
export function openLists(shares: Swept): Lists {
  const opened: { readonly names: readonly string[]; readonly starts: Int32Array }[] = [];
  const list = (share: number, number: number): List => {
    const { names: text, facts, folders } = shares[share]!;
    const { names, starts } = (opened[share] ??= { names: text.split("/"), starts: startsOf(folders) });
    const [count, firstFolder] = [folders[number * 2], folders[number * 2 + 1]];
    if (count === undefined || firstFolder === undefined)
      throw new GantryError(
        "ERR_GANTRY_INTERNAL",
        `nobody looked through folder ${number} of share ${share}`,
      );
    return { share, names, facts, from: starts[number]!, count, firstFolder };
  };
  return {
    root: () => list(0, 0),
    at: ({ share }, number) => {
      const { folders, behind } = shares[share]!;
      const after = number - folders.length / 2;
      if (after < 0) return list(share, number);
      const at = behind.folder + after;
      return list(behind.share + Math.floor(at / behind.atOnce), at % behind.atOnce);
    },
  };
}

/** Where each folder's names begin among those of the share. */
function startsOf(folders: SweptShare["folders"]): Int32Array {
  const starts = new Int32Array(folders.length / 2);
  for (let number = 1; number < starts.length; number++)
    starts[number] = starts[number - 1]! + Math.max(0, folders[(number - 1) * 2]!);
  return starts;
}
