import { GantryError } from "../errors.js";

/** A commit of a git repository, as a build names it. */
export interface GitSource {
  /** What git fetches from: a URL without query and fragment, or `user@host:path`. May hold a password. */
  readonly remote: string;
  /** A branch, a tag, a whole ref or a whole commit; the remote's default branch where there is none. */
  readonly ref: string | undefined;
  /** A folder in the repository, without slashes around it; "" is all of it. */
  readonly subdir: string;
  /** How the commit, or the tag's object, has to begin. */
  readonly checksum: string | undefined;
  /** Whether `.git` stays; undefined where nothing is said of it. */
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean;
  /** The checksum is the commit, and the ref is not asked for. */
  readonly fetchByCommit: boolean;
}

/**
 * A repository as BuildKit tells one: `git://` and `ssh://` URLs, `user@host:path`, and http(s) URLs whose path ends with
 * `.git`; then `?ref=…&tag=…&branch=…&subdir=…&checksum=…&keep-git-dir&submodules=…` or `#REF:SUBDIR`. Undefined for
 * what is none. Throws ERR_GANTRY_USAGE, in BuildKit's words, for a repository whose query makes no sense.
 */
export function parseGitSource(text: string): GitSource | undefined {
  if (/^\.\.?\//.test(text)) return undefined;
  const parts = /^[a-zA-Z0-9]+:\/\//.test(text) ? splitUrl(text) : splitScpStyle(text);
  if (parts === undefined) return undefined;
  const { remote, query, fragment } = parts;
  const colon = fragment.indexOf(":");
  const ref = colon < 0 ? fragment : fragment.slice(0, colon);
  const told: Told = { ref, subdir: colon < 0 ? "" : cleanFolder(fragment.slice(colon + 1)) };
  const source = readQuery(new URLSearchParams(query), told);
  if (source.ref?.startsWith("-") === true) throw wrong(`invalid git ref ${JSON.stringify(source.ref)}`);
  return { remote, ...source };
}

/** Whether a text is a whole commit: all 40 or 64 digits of it. */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

interface Parts {
  readonly remote: string;
  readonly query: string;
  readonly fragment: string;
}

/** What the fragment says, for the query not to contradict. */
interface Told {
  readonly ref: string;
  readonly subdir: string;
}

function splitUrl(text: string): Parts | undefined {
  const [, scheme = "", rest = "", query = "", fragment = ""] =
    /^([a-zA-Z0-9]+):\/\/([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  if (!["http", "https", "ssh", "git"].includes(protocol)) return undefined;
  const path = decoded(/\/[^]*$/.exec(rest)?.[0] ?? "");
  if (path === undefined) return undefined;
  if (protocol.startsWith("http") && !path.endsWith(".git")) return undefined;
  if (decoded(rest) === undefined || !URL.canParse(`${protocol}://${rest}`)) return undefined;
  return { remote: `${protocol}://${rest}`, query, fragment: decoded(fragment) ?? fragment };
}

function splitScpStyle(text: string): Parts | undefined {
  const [, remote, query = "", fragment = ""] =
    /^([a-zA-Z0-9_][a-zA-Z0-9_-]*@[a-zA-Z0-9.-]+:.*?)(?:\?(.*?))?(?:#(.*))?$/.exec(text) ?? [];
  return remote === undefined ? undefined : { remote, query, fragment };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A folder of the repository, which ".." does not leave. */
function cleanFolder(text: string): string {
  const parts: string[] = [];
  for (const part of text.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

const known = new Set([
  "ref",
  "tag",
  "branch",
  "subdir",
  "checksum",
  "commit",
  "keep-git-dir",
  "submodules",
  "mtime",
  "fetch-by-commit",
]);
const switches = new Set(["keep-git-dir", "submodules", "fetch-by-commit"]);

function readQuery(query: URLSearchParams, told: Told): Omit<GitSource, "remote"> {
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw wrong(`query ${JSON.stringify(name)} has multiple values`);
    if (!known.has(name)) throw wrong(`unexpected query ${JSON.stringify(name)}`);
    if (query.get(name) === "" && !switches.has(name))
      throw wrong(`query ${JSON.stringify(name)} has no value`);
  }
  const get = (name: string) => query.get(name) ?? "";
  const mtime = query.get("mtime");
  if (mtime !== null && mtime !== "checkout" && mtime !== "commit")
    throw wrong(`invalid mtime value: ${JSON.stringify(mtime)} (must be "checkout" or "commit")`);
  if (query.has("tag") && query.has("branch")) throw wrong("branch conflicts with tag");
  const refs = [told.ref, get("ref"), below("refs/tags/", get("tag")), below("refs/heads/", get("branch"))];
  const subdirs = [told.subdir, cleanFolder(get("subdir"))];
  return {
    ref: oneOf("ref", refs) || undefined,
    subdir: oneOf("subdir", subdirs),
    checksum: get("checksum") || get("commit") || undefined,
    keepGitDir: readSwitch(query, "keep-git-dir"),
    submodules: readSwitch(query, "submodules") ?? true,
    fetchByCommit: readSwitch(query, "fetch-by-commit") ?? false,
  };
}

function below(prefix: string, name: string): string {
  return name === "" || name.startsWith(prefix) ? name : prefix + name;
}

/** The only value that is not empty. */
function oneOf(what: string, values: readonly string[]): string {
  const [first = "", ...others] = values.filter((value) => value !== "");
  const other = others.find((value) => value !== first);
  if (other === undefined) return first;
  throw wrong(`${what} conflicts: ${JSON.stringify(first)} vs ${JSON.stringify(other)}`);
}

/** As Go reads a boolean; a name alone says yes. */
function readSwitch(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (["", "1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return false;
  throw wrong(`invalid ${name} value: ${JSON.stringify(value)}`);
}

function wrong(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", problem);
}
