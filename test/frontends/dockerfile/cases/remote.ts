import type { DockerfileCase } from "./case.js";

function remote(name: string, body: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return {
    name,
    dockerfile: `FROM scratch\nARG HTTP\n${more.needsGit === true ? "ARG REPO\nARG COMMIT\nARG FIRST\n" : ""}${body}`,
    remote: true,
    ...more,
  };
}

/** URLs and repositories as sources of ADD. */
export const remoteCases: readonly DockerfileCase[] = [
  remote("url: a file by the name in its path", "ADD $HTTP/file.txt /\nADD $HTTP/dir/other /new/\n"),
  remote("url: a file by the destination's name", "ADD $HTTP/file.txt /a/b\nADD ${HTTP}/dir/other c\n"),
  remote("url: into a folder that is there", "WORKDIR /w\nADD $HTTP/file.txt /w\nADD $HTTP/dir/other .\n"),
  remote(
    "url: names that are escaped, and none",
    "ADD $HTTP/odd%20name%2B /o/\nADD $HTTP/ /o/\nADD $HTTP /p/\n",
  ),
  remote("url: a query is no part of the name", "ADD $HTTP/file.txt?x=/y#z /q/\n"),
  remote("url: the server's own name for it is not heeded", "ADD $HTTP/named /n/\n"),
  remote("url: redirects", "ADD $HTTP/moved /m/\n"),
  remote("url: an empty file", "ADD $HTTP/empty /e\n"),
  remote(
    "url: owner and mode",
    "ADD --chown=1:2 --chmod=751 $HTTP/file.txt /x/y\nADD --chmod=u+x,go=r $HTTP/empty /z\n",
  ),
  remote(
    "url: a checksum",
    "ADD --checksum=sha256:8b911a8716b94442f9ca3dff20584048536e4c2f47b8b5bb9096cbd43c3432d5 $HTTP/file.txt /\n",
  ),
  remote("url: several, and a file of the context", "ADD $HTTP/file.txt f $HTTP/dir/other /s/\n", {
    files: { f: "f" },
  }),
  remote("url: --link", "WORKDIR /l\nADD --link $HTTP/file.txt /l\nADD --link $HTTP/file.txt /l2/\n"),
  remote(
    "url: --unpack of a tar and of what is none",
    "ADD --unpack=true $HTTP/context $HTTP/file.txt /u/\n",
  ),
  remote(
    "url: --unpack with an owner, and without being asked",
    "ADD --unpack --chown=8 $HTTP/context.tar /u\nADD $HTTP/context /v\n",
  ),
  remote("url: --unpack=false", "ADD --unpack=false $HTTP/file.txt /u\n"),
  remote("git: the default branch", "ADD $REPO /src\n", { needsGit: true }),
  remote("git: into a folder that is there", "WORKDIR /w\nADD $REPO .\nADD $REPO#:d /w\n", {
    needsGit: true,
  }),
  remote("git: a branch and a folder of it", "ADD $REPO#old-times /a\nADD $REPO#main:d /b/\n", {
    needsGit: true,
  }),
  remote("git: a tag, by its name and by the query", "ADD $REPO#v1 /a\nADD $REPO?tag=v1 /b\n", {
    needsGit: true,
  }),
  remote("git: a commit", "ADD $REPO#${FIRST} /a\nADD $REPO?ref=refs/heads/main&subdir=/d/deep /b\n", {
    needsGit: true,
  }),
  remote(
    "git: a checksum",
    "ADD --checksum=${COMMIT} $REPO /a\nADD $REPO?branch=old-times&checksum=${FIRST} /b\n",
    {
      needsGit: true,
    },
  ),
  remote(
    "git: owner, mode and what is left out",
    "ADD --chown=7 --chmod=700 --exclude=d/deep --exclude=*E $REPO /o\n",
    {
      needsGit: true,
    },
  ),
  remote("git: --link, beside a file", "ADD --link $REPO#:d $HTTP/file.txt f /g/\n", {
    needsGit: true,
    files: { f: "f" },
  }),
  elsewhere("context: a tar at a URL", "/context.tar"),
  elsewhere("context: a packed tar at a URL", "/context"),
  elsewhere("context: a tar with an archive in it", "/nested"),
  elsewhere("context: a Dockerfile at a URL", "/alone"),
  elsewhere("context: a repository", "", { needsGit: true }),
  elsewhere("context: a folder of a branch of a repository", "#main:d", { needsGit: true }),
  elsewhere("context: a repository by a query", "?ref=main&subdir=d", { needsGit: true }),
];

function elsewhere(name: string, contextAt: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return { name, dockerfile: "", remote: true, contextAt, ...more };
}
