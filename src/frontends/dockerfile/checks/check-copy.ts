import { posix } from "node:path";
import { isGlob } from "../../../context/go-match.js";
import type { ContextFiles } from "../sources/context-source.js";
import { folderSource, type FolderSourceOptions } from "../sources/folder-source.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CheckPlace, Report } from "./checks.js";

/**
 * The rules about the files of a folder that a COPY or ADD names; of other contexts, and of what is to be downloaded,
 * nothing is told.
 */
export async function checkSources(
  instruction: CopyInstruction | AddInstruction,
  sources: readonly string[],
  {
    context,
    place,
    report,
  }: { readonly context: ContextFiles; readonly place: CheckPlace; readonly report: Report },
): Promise<void> {
  const { type } = instruction;
  if (context.type !== "folder" || (type === "COPY" && instruction.from !== undefined)) return;
  const paths = sources.filter((source) => !isRemote(source));
  for (const path of paths) {
    const clean = cleanPath(path);
    if (isLeftOut(clean, context)) report("CopyIgnoredFile", place, type === "ADD" ? "Add" : "Copy", clean);
  }
  // With --parents a wildcard is another thing.
  if (type === "COPY" && instruction.parents) return;
  for (const path of paths.filter(isGlob)) {
    const found = await folderSource(context)
      .find(path)
      .catch(() => undefined);
    if (found?.length === 0) report("EmptyWildcard", place, type, path);
  }
}

/** Of exceptions BuildKit thinks too hard: a folder that is left out may have files that are not. */
function isLeftOut(path: string, { ignore }: Pick<FolderSourceOptions, "ignore">): boolean {
  if (ignore === undefined) return false;
  const { patterns, matcher } = ignore;
  if (patterns.some((pattern) => pattern.startsWith("!"))) return false;
  const isRoot = path === "." || path === "/";
  const leavesNothing = patterns.some((pattern) => ["*", "**", "**/*"].includes(pattern));
  return (!isRoot || leavesNothing) && matcher.ignores(path);
}

function isRemote(source: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^[\w.-]+@[\w.-]+:/.test(source);
}

/** Go's filepath.Clean. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}
