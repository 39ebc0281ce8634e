import { parseGitSource } from "../../model/git-source.js";

/** Whether a context is somewhere else than on this machine. Throws ERR_GANTRY_USAGE as `parseGitSource` does. */
export function isRemoteContext(context: string): boolean {
  return isUrl(context) || parseGitSource(context) !== undefined;
}

/** Whether a source is an http or https URL; a repository may have one too, and is asked for first. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}
