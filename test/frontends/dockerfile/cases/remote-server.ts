import { join } from "node:path";
import { createRepository, serveGit } from "../../../support/git-server.js";
import { startFileServer } from "../../../support/file-server.js";
import { lacking } from "../../../support/tools.js";
import type { Outcome } from "./case.js";

/** Why cases with a repository cannot be built here. */
export const noGit: string | false = lacking("git");

const files: Readonly<Record<string, string>> = {
  "/file.txt": "file\n",
  "/dir/other": "other",
  "/odd%20name%2B": "odd",
  "/": "index",
  "/empty": "",
  "/named": "named",
};

/** What is served: the values of the ARGs by which Dockerfiles name it, and how to end it. */
export interface RemoteServer {
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The outcome with the server's name in place of its port, which is another each time. */
  comparable(outcome: Outcome): Outcome;
  close(): Promise<void>;
}

/** Serves files, and a repository where there is git: `${HTTP}`, `${REPO}`, `${COMMIT}`, `${FIRST}`. */
export async function startRemote(folder: string): Promise<RemoteServer> {
  const root = join(folder, "served");
  const commits = noGit === false ? repository(join(root, "repo")) : [];
  const server = await startFileServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://files.test");
    if (pathname.startsWith("/repo.git/")) return serveGit(root, request, response);
    const text = files[pathname];
    if (pathname === "/named") response.setHeader("content-disposition", 'attachment; filename="other.txt"');
    if (pathname === "/moved") response.writeHead(302, { location: "/file.txt" }).end();
    else if (text === undefined) response.writeHead(404).end();
    else response.setHeader("etag", '"1"').end(text);
  });
  const { url, host } = server;
  const [first = "", second = ""] = commits;
  return {
    buildArgs: { HTTP: url, REPO: `${url}/repo.git`, FIRST: first, COMMIT: second },
    comparable: (outcome) => JSON.parse(JSON.stringify(outcome).replaceAll(host, "remote.test")) as Outcome,
    close: () => server.close(),
  };
}

function repository(folder: string): readonly string[] {
  const tool = { text: "#!/bin/sh\n", mode: 0o755 };
  return createRepository(folder, [
    { files: { old: "old", "d/f": "first" }, branch: "old-times", tag: "v1" },
    {
      files: {
        ".dockerignore": "README\n",
        README: "readme",
        "bin/tool": tool,
        "d/f": "second",
        "d/deep/g": "g",
        link: { link: "d/f" },
        "d/up": { link: "../README" },
      },
    },
  ]);
}
