import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createRepository, serveGit } from "../../../support/git-server.js";
import { startFileServer } from "../../../support/file-server.js";
import { tarOf } from "../../../support/tar-of.js";
import { lacking } from "../../../support/tools.js";
import type { DockerfileCase, Outcome } from "./case.js";

/** Why cases with a repository cannot be built here. */
export const noGit: string | false = lacking("git");

const dockerfile = "FROM scratch\nCOPY . /all/\nCOPY --chown=3 [ad] /x/\nADD a d/link /y/\n";

const tar = tarOf(
  { path: "Dockerfile", text: dockerfile, mode: 0o644, uid: 0, gid: 0 },
  { path: ".dockerignore", text: "a\n" },
  { path: "a", text: "a", uid: 7, mode: 0o4755 },
  { path: "d", type: "directory", mode: 0o700 },
  { path: "d/f", text: "f", mode: 0o400 },
  { path: "d/link", type: "symlink", linkTarget: "/d/f" },
);

const nested = tarOf(
  { path: "Dockerfile", text: "FROM scratch\nADD inner.tar /x\nCOPY inner.tar /y/\n" },
  { path: "inner.tar", text: tarOf({ path: "in", text: "in" }).toString("latin1") },
);

const files: Readonly<Record<string, string | Buffer>> = {
  "/context.tar": tar,
  "/context": gzipSync(tar),
  "/nested": nested,
  "/alone": "FROM scratch\nCOPY . /all/\nLABEL a=b\n",
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
  /** The URL of a case's context; undefined where that is a folder. */
  contextOf(each: DockerfileCase): string | undefined;
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
    contextOf: ({ contextAt: at }) =>
      at === undefined ? undefined : at.startsWith("/") ? url + at : `${url}/repo.git${at}`,
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
        Dockerfile: "FROM scratch\nCOPY . /all/\nCOPY link d/up /x/\n",
        "d/Dockerfile": "FROM scratch\nCOPY . /folder/\n",
        link: { link: "d/f" },
        "d/up": { link: "../README" },
      },
    },
  ]);
}
