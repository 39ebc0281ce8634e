import { assumedNew } from "../../context/linked-destinations.js";
import { isSpecial, mayBeSpecial } from "../../context/special-paths.js";

/**
 * When destinations ask the base's files: "auto" where they go through a path at which bases keep symlinks or folders
 * of a mode and an owner of their own, "always", or "never".
 */
export type BaseTreeMode = "auto" | "always" | "never";

/** As a request has them. */
export const baseTreeModes: readonly BaseTreeMode[] = ["auto", "always", "never"];

/** What decides whether a base is asked. */
export interface AskingBase {
  /** Whether there is one. */
  readonly onBase: boolean;
  readonly baseTree: BaseTreeMode;
  /** Paths of the image below which nothing of a base is expected. */
  readonly assumeNew: readonly string[];
}

/** Tells the paths of the image about which the base is asked. */
export function asksBase({ onBase, baseTree, assumeNew }: AskingBase): (path: string) => boolean {
  if (!onBase || baseTree === "never") return () => false;
  const isNew = assumedNew(assumeNew);
  return (path) => (baseTree === "always" || isSpecial(path)) && !isNew(path);
}

/** Whether the base may be asked about something at or below a path: spares a look at every file of a folder. */
export function mayAskBase(path: string, { onBase, baseTree }: Omit<AskingBase, "assumeNew">): boolean {
  return onBase && (baseTree === "always" || (baseTree === "auto" && mayBeSpecial(path)));
}
