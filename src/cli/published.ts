import type { CopyResult, Digest, OutputResult } from "../index.js";
import type { Progress } from "./progress/open.js";
import type { Terminal } from "./terminal.js";
import { printable } from "./text.js";

/** Writes what has a name now to stdout: `repository@digest` of each repository, else the digest alone. */
export function reportPublished(
  { digest, outputs }: Pick<CopyResult, "digest" | "outputs">,
  mode: Progress["mode"],
  { stdout }: Pick<Terminal, "stdout">,
): void {
  const names = mode === "quiet" ? [] : repositoryDigests(outputs);
  for (const line of names.length === 0 ? [digest] : names) stdout.write(`${printable(line)}\n`);
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
