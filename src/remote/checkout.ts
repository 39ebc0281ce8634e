import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { SingleFlight } from "../concurrency.js";
import { GantryError } from "../errors.js";
import { startStep, type IoOptions } from "../model/events.js";
import type { GitSource } from "../model/git-source.js";
import { quote } from "../model/quote.js";
import type { Checkout, RemoteFiles } from "../plan/remote-files.js";
import type { System } from "../system.js";
import { GitFailure, openGit } from "./git.js";
import { resolveRef, type Resolved } from "./resolve-ref.js";

/** Where commits are checked out. */
export interface CheckoutOptions {
  readonly system: Pick<System, "env" | "platform">;
  /** A new folder, which goes when the build ends. */
  readonly temporary: () => Promise<string>;
}

/** Checks commits out by the installed git: see `RemoteFiles.checkout`. */
export function createCheckout(options: CheckoutOptions): RemoteFiles["checkout"] {
  const flights = new SingleFlight<string, Checkout>();
  return (source, io = {}) =>
    flights.get(JSON.stringify(source), async () => {
      const { shown } = splitCredentials(source.remote);
      const name = `fetch ${shown}${source.ref === undefined ? "" : `#${source.ref}`}`;
      const step = startStep(io.onEvent, { name, kind: "download" });
      try {
        const checkout = await checkOut(source, { ...io, ...options });
        step.end(checkout.commit.slice(0, 12));
        return checkout;
      } catch (error) {
        const failure = error instanceof GitFailure ? failed(shown, source, error) : error;
        step.fail(failure instanceof Error ? failure.message : String(failure));
        throw failure;
      }
    });
}

async function checkOut(
  source: GitSource,
  { system, temporary, signal }: CheckoutOptions & IoOptions,
): Promise<Checkout> {
  if (source.checksum !== undefined && !/^[a-fA-F0-9]+$/.test(source.checksum))
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `invalid checksum ${source.checksum} for Git URL, expected hex commit hash`,
    );
  const folder = await temporary();
  const { remote, shown, credentials } = splitCredentials(source.remote);
  const open = await openGit({ folder, system, credentials });
  const git = (...args: readonly string[]) => open(args, { signal });
  const resolved = await resolveRef(git, remote, source);
  const [tree, repository] = [join(folder, "tree"), join(folder, "repository")];
  await mkdir(tree, { mode: 0o755 });
  const keeps = source.keepGitDir === true && source.subdir === "";
  const gitDir = keeps ? join(tree, ".git") : repository;
  const at = (...args: readonly string[]) =>
    open(["-C", tree, `--git-dir=${gitDir}`, `--work-tree=${tree}`, ...args], { signal });
  const format = resolved.object.length === 64 ? ["--object-format=sha256"] : [];
  await at("init", "--quiet", "--template=", ...format);
  await at("remote", "add", "origin", remote);
  const object = await fetchObject(at, resolved);
  checkCommit(source, await namesOf(at, object));
  await at("checkout", "--quiet", "--force", "--detach", `${object}^{commit}`);
  const commit = (await at("rev-parse", "HEAD")).trim();
  if (source.submodules) await at("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1");
  if (keeps) await tidy(at, gitDir);
  const root = join(tree, ...requireFolder(tree, source));
  settle(Buffer.from(root), { keepsGit: keeps });
  return { root, commit, origin: `${shown}#${commit}` };
}

type Run = (...args: readonly string[]) => Promise<string>;

/** Brings an object in, with as little history as the server can; the object that came. */
async function fetchObject(git: Run, { object, ref }: Resolved): Promise<string> {
  const local = ref === undefined ? "refs/gantry/commit" : ref;
  const wanted = `+${ref ?? object}:${local}`;
  const fetch = ["fetch", "--quiet", "--no-tags", "--update-head-ok"];
  const ways = [
    [...fetch, "--depth=1", "--", "origin", wanted],
    // A server that gives no single commits, or no part of the history, gives all that it names.
    [...fetch, "--", "origin", wanted],
    [...fetch, "--", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"],
  ];
  for (const [index, way] of ways.entries()) {
    try {
      await git(...way);
      return index < 2 ? (await git("rev-parse", "--verify", local)).trim() : object;
    } catch (error) {
      const last = index === ways.length - 1 || (ref !== undefined && index === 1);
      if (!(error instanceof GitFailure) || last || !isAboutHistory(error.message)) throw error;
    }
  }
  throw new GitFailure(`the commit ${object} did not come`);
}

function isAboutHistory(said: string): boolean {
  return /depth|shallow|not our ref|unadvertised object|no such remote ref|couldn't find remote ref|Server does not allow/i.test(
    said,
  );
}

/** An object's own name, and that of the commit that a tag leads to. */
async function namesOf(git: Run, object: string): Promise<readonly string[]> {
  const commit = await git("rev-parse", "--verify", `${object}^{commit}`).catch((error: unknown) => {
    throw error instanceof GitFailure
      ? new GitFailure(`repository does not contain commit ${object}`)
      : error;
  });
  return [...new Set([object, commit.trim()])];
}

function checkCommit({ checksum, remote }: GitSource, names: readonly string[]): void {
  if (checksum === undefined || names.some((name) => name.startsWith(checksum))) return;
  throw new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `expected checksum to match ${checksum}, got ${names.join(" or ")} from ${splitCredentials(remote).shown}`,
  );
}

/** What differs from one fetch to the next. */
async function tidy(git: Run, gitDir: string): Promise<void> {
  await git("reflog", "expire", "--all", "--expire=now");
  await rm(join(gitDir, "FETCH_HEAD"), { force: true });
}

/** The parts of a path to a folder, none of which is a link that could lead out of the repository. */
function requireFolder(tree: string, { subdir }: GitSource): readonly string[] {
  const parts = subdir.split("/").filter(Boolean);
  let path = tree;
  for (const part of parts) {
    path = join(path, part);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true && part !== ".git") continue;
    const what = found === undefined ? "is not there" : "is no folder";
    throw new GantryError(
      "ERR_GANTRY_DOWNLOAD",
      `invalid subdir ${quote(subdir)}: ${quote(part)} ${what} in the repository`,
    );
  }
  return parts;
}

/**
 * Gives files the modes that they have with a umask of 022, whatever this process has, and takes away what submodules
 * say of where their repositories were.
 */
function settle(folder: Buffer, { keepsGit }: { readonly keepsGit: boolean }): void {
  // Names in bytes: git's need not be UTF-8, and whoever copies such a file tells that better.
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: "buffer" })) {
    const path = Buffer.concat([folder, Buffer.from(sep), entry.name]);
    if (entry.isSymbolicLink()) continue;
    if (entry.name.equals(Buffer.from(".git")) && !keepsGit) {
      rmSync(path, { recursive: true });
      continue;
    }
    const { mode } = lstatSync(path);
    const own = (mode >> 6) & 0o7;
    const wanted = (own << 6) | ((own & 0o5) << 3) | (own & 0o5);
    if ((mode & 0o7777) !== wanted) chmodSync(path, wanted);
    if (entry.isDirectory()) settle(path, { keepsGit });
  }
}

/** A remote without its user and password, and these as git's own store of credentials has them, which are for its origin alone. */
function splitCredentials(remote: string): {
  readonly remote: string;
  /** For messages. */
  readonly shown: string;
  readonly credentials?: string;
} {
  if (!/^https?:/.test(remote)) {
    // Neither protocol has a use for one; git would repeat it, and ssh take it for a part of the user's name.
    const bare = remote.replace(/^(\w+:\/\/[^:/@]*):[^/]*@/, "$1@");
    return { remote: bare, shown: bare };
  }
  const url = new URL(remote);
  const { username, password } = url;
  if (username === "" && password === "") return { remote, shown: remote };
  [url.username, url.password] = ["", ""];
  const [user, secret] = [username, password].map((part) => encodeURIComponent(decodeURIComponent(part)));
  return {
    remote: url.href,
    shown: url.href,
    credentials: `${url.protocol}//${user}:${secret}@${url.host}`,
  };
}

function failed(shown: string, { ref }: GitSource, failure: GitFailure): GantryError {
  const what = `${shown}${ref === undefined ? "" : `#${ref}`}`;
  const advice = /could not read (Username|Password)|Authentication failed|denied|403|401/i.test(
    failure.message,
  )
    ? "; it is not for everyone: give a URL with a user and a token, or one of ssh"
    : "";
  return new GantryError("ERR_GANTRY_DOWNLOAD", `fetching ${what} failed: ${failure.message}${advice}`, {
    cause: failure,
  });
}
