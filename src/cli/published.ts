import type { Digest, Published } from "../index.js";
import type { Progress } from "./progress/open.js";
import type { Terminal } from "./terminal.js";
import { printable } from "./text.js";

/** Writes what has a name now: `repository@digest` on stdout once for each repository, the names on stderr. */
export function reportPublished(
  { digest, published }: { readonly digest: Digest; readonly published: readonly Published[] },
  mode: Progress["mode"],
  { stdout, stderr }: Pick<Terminal, "stdout" | "stderr">,
): void {
  if (mode === "quiet") return stdout.write(`${digest}\n`);
  const lines = repositoryDigests(published);
  for (const line of lines.length === 0 ? [digest] : lines) stdout.write(`${printable(line)}\n`);
  if (mode !== "rawjson") for (const { name } of published) stderr.write(`${printable(`wrote ${name}`)}\n`);
}

/** `repository@digest`, each once, in order. */
export function repositoryDigests(published: readonly Published[]): readonly string[] {
  return [...new Set(published.map(({ name, digest }) => `${repositoryOf(name)}@${digest}`))];
}

/** Without the digest and the tag; a colon before the last slash belongs to the registry's port. */
function repositoryOf(reference: string): string {
  const name = reference.split("@")[0]!;
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}
