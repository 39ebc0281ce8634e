import type { DockerfileCase } from "./case.js";
import { linkedTree } from "./trees.js";

/** Corners of where COPY takes files from and where they go. */
export const copyingPlaceCases: readonly DockerfileCase[] = [
  // §1.7: sources
  {
    name: "copy: a wildcard in the middle",
    dockerfile: "FROM scratch\nCOPY */sub/one /x/\nCOPY */sub /y/\n",
    files: linkedTree,
  },
  {
    name: "copy: a wildcard does not walk through symlinks",
    dockerfile: "FROM scratch\nCOPY */one /x/\n",
    files: linkedTree,
  },
  {
    name: "copy: a wildcard follows what it matches",
    dockerfile: "FROM scratch\nCOPY *link /x/\n",
    files: linkedTree,
  },
  {
    name: "copy: a wildcard below a symlink",
    dockerfile: "FROM scratch\nCOPY dirlink/* /x/\nCOPY rootlink/t* /y/\n",
    files: linkedTree,
  },
  {
    name: "copy: classes, negated too",
    dockerfile: "FROM scratch\nCOPY [^b-z].txt /x/\nCOPY d/[!-p]*[^p] /y/\n",
    files: linkedTree,
  },
  { name: "copy: two stars are one", dockerfile: "FROM scratch\nCOPY **/one /x/\n", files: linkedTree },
  {
    name: "copy: a folder that matches is not looked into",
    dockerfile: "FROM scratch\nCOPY *sub* d/* /x/\n",
    files: linkedTree,
  },
  {
    name: "copy: a star behind a backslash",
    dockerfile: "FROM scratch\nCOPY s\\\\** /x/\n",
    files: { "s*r": "1", star: "2" },
  },
  {
    name: "copy: above the context is the context",
    dockerfile: "FROM scratch\nCOPY ../../a.txt /../x/../y\nCOPY d/../b.txt /\n",
    files: linkedTree,
  },
  {
    name: "copy: a symlink out of the context ends in it",
    dockerfile: "FROM scratch\nCOPY d/up /x\nCOPY rootlink /y\n",
    files: linkedTree,
  },
  {
    name: "copy: a symlink with a slash behind it",
    dockerfile: "FROM scratch\nCOPY dirlink/ /x\nCOPY dirlink/sub/. /y\n",
    files: linkedTree,
  },
  {
    name: "copy: quotes in JSON are taken away too",
    dockerfile: `FROM scratch\nCOPY ["'a.txt'", "'/x  y'"]\n`,
    files: linkedTree,
  },
  {
    name: "copy: a symlink leaves what is missing again",
    dockerfile: "FROM scratch\nCOPY l /x\nCOPY m /y\n",
    files: { b: "b", l: { link: "./gone/../b" }, m: { link: "b/../b" } },
  },
  // §1.7: destinations
  {
    name: "copy: a file replaces a symlink of its name in a folder",
    dockerfile: "FROM scratch\nCOPY . /x/\nCOPY link2/link d/one /x/\n",
    files: { ...linkedTree, "link2/link": "new" },
  },
  {
    name: "copy: a file replaces a symlink to a folder in a folder",
    dockerfile: "FROM scratch\nCOPY . /x/\nCOPY files/dirlink /x/\n",
    files: { ...linkedTree, "files/dirlink": "new" },
  },
  {
    name: "copy: a nested file replaces a symlink",
    dockerfile: "FROM scratch\nCOPY d /x\nCOPY n /x\n",
    files: { ...linkedTree, "n/link": "new" },
  },
  {
    name: "copy: to a dangling symlink",
    dockerfile: "FROM scratch\nCOPY l /\nCOPY a.txt /gone\nCOPY a.txt /gone2/\nCOPY d/sub /gone3\n",
    files: {
      ...linkedTree,
      "l/gone": { link: "/p/q" },
      "l/gone2": { link: "r/s" },
      "l/gone3": { link: "../t" },
    },
  },
  {
    name: "copy: to the root by other names",
    dockerfile: "FROM scratch\nCOPY a.txt ..\nCOPY b.txt /x/..\nCOPY e //\n",
    files: linkedTree,
  },
  {
    name: "copy: a dot at the end is a folder",
    dockerfile: "FROM scratch\nCOPY a.txt /x/.\nCOPY b.txt y/.\n",
    files: linkedTree,
  },
  {
    name: "copy: nested folders get the source's mode and owner, the top one keeps its own",
    dockerfile: "FROM scratch\nUSER 9\nWORKDIR /x/sub\nUSER 8\nWORKDIR /x/sub/deep\nCOPY --chown=3:4 d /x\n",
    files: linkedTree,
  },
  {
    name: "copy: names with blanks and letters of any kind",
    dockerfile: 'FROM scratch\nCOPY ["a b", "/x y/"]\nCOPY \u00e9 /\u00fc/\n',
    files: { "a b": "1", "\u00e9": "2" },
  },
  {
    name: "copy: a destination that comes to nothing is the folder",
    dockerfile: 'FROM scratch\nWORKDIR /w\nENV E=\nCOPY a.txt $E\nCOPY b.txt ""\n',
    files: linkedTree,
  },
  {
    name: "copy: folders of a symlink's target belong to who copies",
    dockerfile: "FROM scratch\nCOPY l /\nCOPY --chown=7:8 a.txt /s/t/z\n",
    files: { "a.txt": "a", "l/s": { link: "/m/n" } },
  },
  {
    name: "copy: the Dockerfile and .dockerignore are files like others",
    dockerfile: "FROM scratch\nCOPY .dockerignore Dockerfile /\n",
    files: { ".dockerignore": "x\n" },
  },
];
