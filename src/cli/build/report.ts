import type { BuildResult, Output } from "../../index.js";
import type { ProgressMode } from "../progress/open.js";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { repositoryDigests, tellFailures } from "../published.js";
import { printable } from "../text.js";

/** Writes what was built: results to stdout, what became of each output to stderr. Throws Exit(1) where an image got nowhere. */
export function reportResults(
  results: readonly BuildResult[],
  {
    progress,
    outputs,
  }: { readonly progress: Exclude<ProgressMode, "auto">; readonly outputs: readonly Output[] },
  { stdout, stderr }: Pick<Terminal, "stdout" | "stderr">,
): void {
  // An archive on stdout must not be followed by text.
  const stdoutTaken = outputs.some((output) => "dest" in output && output.dest === "-");
  const out = stdoutTaken ? stderr : stdout;
  const isQuiet = progress === "quiet";
  for (const result of results) {
    for (const line of isQuiet ? [result.digest] : namesOf(result)) out.write(`${printable(line)}\n`);
  }
  if (!isQuiet && progress !== "rawjson") results.forEach((result) => tellOutputs(result, stderr));
  if (
    results.some(
      (result) => result.outputs.length > 0 && result.outputs.every(({ status }) => status === "failed"),
    )
  )
    throw new Exit(1);
}

/** `repository@digest` of each repository that has the image now; of an image pushed nowhere, its name instead. */
function namesOf({ name, digest, outputs }: BuildResult): readonly string[] {
  const pushed = repositoryDigests(outputs);
  return pushed.length === 0 ? [`${name}@${digest}`] : pushed;
}

function tellOutputs({ name, outputs, plan }: BuildResult, stderr: Terminal["stderr"]): void {
  tellFailures(outputs, stderr);
  const stored = outputs.find(({ type, status }) => type === "store" && status === "done");
  if (stored === undefined) return;
  const first = stored.published[0]?.name ?? name;
  const command =
    plan.tags.length > 0 ? `gantry push ${first}` : `gantry push ${first} REGISTRY/REPOSITORY:TAG`;
  stderr.write(`${printable(`${name} is in the local store; push it with: ${command}`)}\n`);
}
