import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import { invalid, unsupported } from "../instructions/invalid.js";

/**
 * Refuses sources, expanded, that are no paths: COPY has none, and ADD's are not there yet. A checksum is one of something remote. Throws ERR_GANTRY_DOCKERFILE_INVALID and ERR_GANTRY_UNSUPPORTED.
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
      `source can't be a ${isGit(remote) ? "git ref" : "URL"} for COPY: ${remote}; download it before, and COPY what came`,
    );
  }
  if (instruction.checksum !== undefined) {
    if (sources.length !== 1) throw invalid("checksum can't be specified for multiple sources");
    if (remote === undefined)
      throw invalid("checksum requires HTTP(S) or Git sources: leave it out for a file of the context");
  }
  if (remote !== undefined)
    throw unsupported(`ADD ${remote}: nothing is downloaded yet; download it before, and COPY what came`);
}

function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** A repository: by its protocol, by a user's name before a host and a colon, or a URL whose path ends with .git. */
function isGit(source: string): boolean {
  return (
    /^(git|ssh):\/\//.test(source) ||
    /^[\w.-]+@[\w.-]+:/.test(source) ||
    /^https?:\/\/[^?#]*\.git([?#]|$)/.test(source)
  );
}
