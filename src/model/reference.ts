import { GantryError } from "../errors.js";
import { parseDigest } from "./digest.js";
import { quote } from "./quote.js";
import type { Digest } from "./oci.js";

/** Names an image: registry host (with its port), repository and a tag, a digest, both or neither. */
export interface Reference {
  /** "docker.io", "localhost:5000", "[::1]:5000". */
  readonly registry: string;
  /** "library/debian": never empty, never with the registry. */
  readonly repository: string;
  readonly tag?: string;
  /** Where there is one it decides; the tag is for display. */
  readonly digest?: Digest;
}

const defaultRegistry = "docker.io";
const official = "library/";
const longestRepository = 255;
const longestTag = 128;
/** No valid reference comes near it: what is longer is refused unread. */
const longestReference = 2048;

/** What a part may begin with, what joins its words (and is never the last character), and the rule in words. */
interface Grammar {
  readonly prefix: RegExp;
  readonly joint: RegExp;
  readonly rule: string;
}

const registryGrammar: Grammar = {
  prefix:
    /(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::[0-9]+)?/y,
  joint: /[.:]|-+/y,
  rule: "a registry is a host name with an optional :port",
};
const repositoryGrammar: Grammar = {
  prefix: /[a-z0-9]+(?:(?:__|[./_]|-+)[a-z0-9]+)*/y,
  joint: /__|[./_]|-+/y,
  rule: "a repository is lower-case letters and digits, joined by single . _ / or by __ or -",
};
const tagGrammar: Grammar = {
  prefix: /[A-Za-z0-9_][A-Za-z0-9_.-]*/y,
  joint: /(?!)/y,
  rule: "a tag is letters, digits, _ . and -, not beginning with . or -",
};

/**
 * Reads a reference as docker does: "debian" is docker.io/library/debian; a first part is a registry if it is
 * "localhost", has a dot, a colon or an upper-case letter. The tag is not defaulted. Takes linear time, looks nothing
 * up; throws ERR_GANTRY_REFERENCE_INVALID naming the offending character and its position, counted from 1.
 */
export function parseReference(text: string): Reference {
  if (text === "") throw invalid(text, 'it is empty, expected for example "debian:12-slim"');
  if (text.length > longestReference)
    throw invalid(text, `it has ${text.length} characters, the most are ${longestReference}`);
  if (/^[0-9a-f]{64}$/.test(text)) throw invalid(text, "64 hex digits name an image ID, not a repository");
  const scheme = /^[a-z]{2,16}:\/\//.exec(text)?.[0];
  if (scheme !== undefined) throw schemeError(text, scheme);

  const at = text.indexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  const pathStart = startOfPath(name);
  const colon = name.indexOf(":", pathStart);
  const pathEnd = colon < 0 ? name.length : colon;

  const registry = parseRegistry(text, pathStart);
  return {
    registry,
    repository: parseRepository(text, pathStart, pathEnd, registry),
    ...(colon < 0 ? {} : { tag: parseTag(text, colon + 1, name.length) }),
    ...(at < 0 ? {} : { digest: digestPart(text, at + 1) }),
  };
}

/** Where the repository begins: behind the first slash, if what is before it is a registry. */
function startOfPath(name: string): number {
  const slash = name.indexOf("/");
  if (slash < 0) return 0;
  const first = name.slice(0, slash);
  return first === "localhost" || /[.:A-Z]/.test(first) ? slash + 1 : 0;
}

function parseRegistry(text: string, pathStart: number): string {
  if (pathStart === 0) return defaultRegistry;
  const end = pathStart - 1;
  refuseOutside(text, registryGrammar, { start: 0, end });
  const registry = text.slice(0, end);
  return registry === "index.docker.io" ? defaultRegistry : registry;
}

function parseRepository(text: string, start: number, end: number, registry: string): string {
  if (start === end) throw invalid(text, "its repository is missing", { at: start });
  refuseOutside(text, repositoryGrammar, { start, end });
  const path = text.slice(start, end);
  const repository = registry === defaultRegistry && !path.includes("/") ? official + path : path;
  if (repository.length > longestRepository) {
    throw invalid(
      text,
      `its repository has ${repository.length} characters, the most are ${longestRepository}`,
      { at: start + longestRepository - (repository.length - path.length) },
    );
  }
  return repository;
}

function parseTag(text: string, start: number, end: number): string {
  if (start === end) throw invalid(text, 'its tag is missing after ":"', { at: start });
  refuseOutside(text, tagGrammar, { start, end });
  if (end - start > longestTag)
    throw invalid(text, `its tag has ${end - start} characters, the most are ${longestTag}`, {
      at: start + longestTag,
    });
  return text.slice(start, end);
}

function digestPart(text: string, start: number): Digest {
  try {
    return parseDigest(text.slice(start));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(text, `${reason}, at position ${start + 1}`, { at: start, cause });
  }
}

/** Somebody's URL, perhaps with the password in it, which is not repeated. */
function schemeError(text: string, scheme: string): GantryError {
  const rest = text.slice(scheme.length).replace(/^[^/]*@(?=[^/]*\/)/, "");
  const shown = text.endsWith(`://${rest}`) ? text : `${scheme}REDACTED@${rest}`;
  return invalid(shown, `a reference has no "${scheme}"`, { at: 0, nearest: rest });
}

/** Throws for the first character of text[start, end) that cannot follow what is before it. */
function refuseOutside(
  text: string,
  { prefix, joint, rule }: Grammar,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  const part = text.slice(start, end);
  const matched = lengthAt(prefix, part, 0);
  if (matched === part.length) return;
  // A joint is fine in itself: what offends is behind it, unless the part begins or ends with the joint.
  const behind = matched + lengthAt(joint, part, matched);
  const offending = matched === 0 || behind === part.length ? matched : behind;
  const character = String.fromCodePoint(part.codePointAt(offending)!);
  const lower = text.slice(0, start) + part.toLowerCase() + text.slice(end);
  throw invalid(text, `unexpected ${quote(character)} at position ${start + offending + 1}: ${rule}`, {
    at: start + offending,
    nearest: /[A-Z]/.test(character) && isReference(lower) ? lower : undefined,
  });
}

function lengthAt(sticky: RegExp, text: string, start: number): number {
  sticky.lastIndex = start;
  return sticky.exec(text)?.[0].length ?? 0;
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(
  text: string,
  problem: string,
  {
    at,
    nearest = "",
    cause,
  }: {
    /** The offset of what is wrong. */
    readonly at?: number;
    readonly nearest?: string | undefined;
    readonly cause?: unknown;
  } = {},
): GantryError {
  const hint = nearest === "" ? "" : ` (did you mean ${quote(nearest)}?)`;
  return new GantryError(
    "ERR_GANTRY_REFERENCE_INVALID",
    `invalid reference ${quote(text)}: ${problem}${hint}`,
    {
      ...(cause === undefined ? {} : { cause }),
      ...(at === undefined ? {} : { pointer: { text, offset: at } }),
    },
  );
}

/** The whole reference, "docker.io/library/debian:12-slim"; `parseReference` reads it back as it was. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The reference as docker's users write it, "debian:12-slim"; `parseReference` reads it back as it was. */
export function familiarReference(reference: Reference): string {
  const full = formatReference(reference);
  if (reference.registry !== defaultRegistry) return full;
  const { repository } = reference;
  const short = full.slice(defaultRegistry.length + 1);
  const isOfficial = repository.startsWith(official) && !repository.slice(official.length).includes("/");
  const familiar = isOfficial ? short.slice(official.length) : short;
  // A first part that looks like a registry ("library/a.b" is fine, "a.b/c" on docker.io is not) keeps the long form.
  return startOfPath(familiar) === 0 && !/^[0-9a-f]{64}$/.test(familiar) ? familiar : full;
}
