import { parseGitSource } from "../../../model/git-source.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import { isUrl } from "../remote-context.js";

/**
 * Refuses sources, expanded, that an instruction cannot have: COPY takes nothing remote, and a checksum is one of the
 * only source, which is remote. Throws ERR_GANTRY_DOCKERFILE_INVALID.
 */
export function refuseRemote(
  instruction: CopyInstruction | AddInstruction,
  sources: readonly string[],
): void {
  const { type } = instruction;
  const remote = sources.find((source) => isGit(source) || isUrl(source));
  if (type === "COPY") {
    if (remote === undefined) return;
    throw invalid(
      `source can't be a ${isGit(remote) ? "git ref" : "URL"} for COPY: ${withoutCredentials(remote)}; write ADD, or download it before and COPY what came`,
    );
  }
  if (instruction.checksum === undefined) return;
  if (sources.length !== 1) throw invalid("checksum can't be specified for multiple sources");
  if (remote === undefined)
    throw invalid("checksum requires HTTP(S) or Git sources: leave it out for a file of the context");
}

/** A query that makes no sense is one of a repository too. */
function isGit(source: string): boolean {
  try {
    return parseGitSource(source) !== undefined;
  } catch {
    return true;
  }
}
