import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { IncomingMessage, ServerResponse } from "node:http";
import { writeFiles } from "../frontends/dockerfile/cases/context.js";
import type { ContextFile } from "../frontends/dockerfile/cases/case.js";

/** What a commit holds, whole, and the names that point at it. */
export interface CommitSpec {
  readonly files: Readonly<Record<string, string | ContextFile>>;
  readonly branch?: string;
  /** An annotated tag. */
  readonly tag?: string;
}

const env = {
  PATH: process.env["PATH"],
  ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" },
  ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_AUTHOR_DATE: "1000000000 +0000" },
  ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b", GIT_COMMITTER_DATE: "1000000000 +0000" },
};

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] })
    .toString()
    .trim();
}

/** Makes a repository of commits, one on the other, at `folder`: the commits' names, which are the same every time. */
export function createRepository(folder: string, commits: readonly CommitSpec[]): readonly string[] {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "--quiet", "--initial-branch=main");
  const made = commits.map(({ files, branch, tag }) => {
    git(folder, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".");
    writeFiles(folder, files);
    git(folder, "add", "--all", "--force");
    git(folder, "commit", "--quiet", "--allow-empty", "--message=m");
    if (branch !== undefined) git(folder, "branch", branch);
    if (tag !== undefined) git(folder, "tag", "--annotate", "--message=t", tag);
    return git(folder, "rev-parse", "HEAD");
  });
  git(folder, "config", "http.receivepack", "false");
  return made;
}

/** Commits what lies in a repository's folder. */
export function commitAll(folder: string): void {
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message=m");
}

/** Answers a request for a repository below `root` as git's own server does; the path is `/NAME/…`. */
export function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url!, "http://git.test");
  const program = join(execFileSync("git", ["--exec-path"]).toString().trim(), "git-http-backend");
  const child = spawn(program, [], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: pathname.replace(/\.git(?=\/)/, "/.git"),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (bytes: Buffer) => {
    if (head === undefined) return void response.write(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const headers = head
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ", 2));
    for (const [name, value] of headers) if (name !== "Status") response.setHeader(name!, value!);
    response.statusCode = Number.parseInt(headers.find(([name]) => name === "Status")?.[1] ?? "200", 10);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on("close", () => response.end());
}

/** Commits a submodule: the repository at `from`, said to be at `url`. */
export function addSubmodule(
  folder: string,
  { path, from, url }: { readonly path: string; readonly from: string; readonly url: string },
): void {
  git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, path);
  git(folder, "config", "--file", ".gitmodules", `submodule.${path}.url`, url);
  git(folder, "add", ".gitmodules");
  git(folder, "commit", "--quiet", "--message=m");
}
