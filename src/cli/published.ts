import type { CopyResult, Digest, OutputResult } from "../index.js";
import type { Progress } from "./progress/open.js";
import type { Terminal } from "./terminal.js";
import { printable } from "./text.js";

/**
 * Writes what has a name now to stdout: `repository@digest` of each repository, else the digest alone; and to stderr the
 * destinations that `--on-push-error continue` left out.
 */
export function reportPublished(
  { digest, outputs }: Pick<CopyResult, "digest" | "outputs">,
  mode: Progress["mode"],
  { stdout, stderr }: Pick<Terminal, "stdout" | "stderr">,
): void {
  if (mode !== "quiet" && mode !== "rawjson") tellFailures(outputs, stderr);
  const names = mode === "quiet" ? [] : repositoryDigests(outputs);
  for (const line of names.length === 0 ? [digest] : names) stdout.write(`${printable(line)}\n`);
}

/** Names each destination that failed, with its reason and the names that had moved there. */
export function tellFailures(outputs: readonly OutputResult[], stderr: Terminal["stderr"]): void {
  for (const { label, status, error, published } of outputs) {
    if (status === "done") continue;
    const moved = published.map(({ name }) => name).join(", ");
    const already = moved === "" ? "" : `; already moved: ${moved}`;
    const reason = error?.message ?? "no reason was given";
    stderr.write(`gantry: ${printable(`${label} failed: ${reason}${already}`)}\n`);
  }
}

/** `repository@digest` of what was pushed, each once, in order. */
export function repositoryDigests(
  outputs: readonly Pick<OutputResult, "type" | "status" | "published">[],
): readonly `${string}@${Digest}`[] {
  const pushed = outputs.filter(({ type, status }) => type === "registry" && status === "done");
  return [
    ...new Set(
      pushed.flatMap(({ published }) =>
        published.map(({ name, digest }) => `${repositoryOf(name)}@${digest}` as const),
      ),
    ),
  ];
}

/** Without the digest and the tag; a colon before the last slash belongs to the registry's port. */
function repositoryOf(reference: string): string {
  const name = reference.split("@")[0]!;
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}
