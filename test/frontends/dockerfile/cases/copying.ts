import type { DockerfileCase } from "./case.js";

const tree = {
  "a.txt": "a\n",
  "b.txt": "bb\n",
  "run.sh": { text: "#!/bin/sh\n", mode: 0o755 },
  "d/one": "1",
  "d/sub/two": { text: "2", mode: 0o600 },
  "d/empty": { folder: 0o700 },
  "d/link": { link: "one" },
  "e/three": "3",
  link: { link: "a.txt" },
  dirlink: { link: "d" },
} as const;

/** COPY and ADD of files of the context and of stages. */
export const copyingCases: readonly DockerfileCase[] = [
  { name: "copy: a file to a name", dockerfile: "FROM scratch\nCOPY a.txt /x\n", files: tree },
  {
    name: "copy: a file into a folder with a slash",
    dockerfile: "FROM scratch\nCOPY a.txt /x/y/\n",
    files: tree,
  },
  {
    name: "copy: a file into a folder that is there",
    dockerfile: "FROM scratch\nWORKDIR /x\nCOPY a.txt /x\n",
    files: tree,
  },
  {
    name: "copy: relative to the working directory",
    dockerfile: "FROM scratch\nWORKDIR /w\nCOPY a.txt b.txt ./\nCOPY a.txt sub/n\nCOPY b.txt .\n",
    files: tree,
  },
  { name: "copy: what is in a folder", dockerfile: "FROM scratch\nCOPY d /x\n", files: tree },
  {
    name: "copy: all of the context",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: { ...tree, ".dockerignore": "Dockerfile\n.dockerignore\n" },
  },
  {
    name: "copy: a folder over a folder keeps what is there",
    dockerfile: "FROM scratch\nCOPY d /x/\nCOPY e /x/\n",
    files: tree,
  },
  { name: "copy: several folders", dockerfile: "FROM scratch\nCOPY d e /x/\n", files: tree },
  {
    name: "copy: leading slashes and dots stay in the context",
    dockerfile: "FROM scratch\nCOPY /a.txt ../b.txt /x/\n",
    files: tree,
  },
  {
    name: "copy: JSON form with blanks",
    dockerfile: 'FROM scratch\nCOPY ["a b", "/x y"]\n',
    files: { "a b": "1" },
  },
  { name: "copy: a symlink is followed", dockerfile: "FROM scratch\nCOPY link /x\n", files: tree },
  {
    name: "copy: a symlink to a folder is followed",
    dockerfile: "FROM scratch\nCOPY dirlink /x\n",
    files: tree,
  },
  { name: "copy: through a symlink", dockerfile: "FROM scratch\nCOPY dirlink/one /x\n", files: tree },
  { name: "copy: a wildcard", dockerfile: "FROM scratch\nCOPY *.txt /x/\n", files: tree },
  { name: "copy: a wildcard in a folder", dockerfile: "FROM scratch\nCOPY */o* /x/\n", files: tree },
  {
    name: "copy: a wildcard that names nothing beside one that does",
    dockerfile: "FROM scratch\nCOPY a.txt nothing* /x/\n",
    files: tree,
  },
  { name: "copy: a class of characters", dockerfile: "FROM scratch\nCOPY [ab].txt /x/\n", files: tree },
  { name: "copy: a wildcard that names folders", dockerfile: "FROM scratch\nCOPY [de] /x/\n", files: tree },
  { name: "copy: owner by numbers", dockerfile: "FROM scratch\nCOPY --chown=10:20 d /x/y\n", files: tree },
  {
    name: "copy: owner by one number is the group too",
    dockerfile: "FROM scratch\nCOPY --chown=10 a.txt /x/y/\n",
    files: tree,
  },
  {
    name: "copy: owner by names of the stage",
    dockerfile:
      "FROM scratch\nCOPY etc /etc\nCOPY --chown=app a.txt /1\nCOPY --chown=app:staff a.txt /2\nCOPY --chown=root:staff a.txt /3\nCOPY --chown=5:staff a.txt /4\n",
    files: {
      ...tree,
      "etc/passwd": "root:x:0:0::/:/\napp:x:100:101::/:/\n",
      "etc/group": "root:x:0:\nstaff:x:50:\n",
    },
  },
  {
    name: "copy: mode in octal, folders on the way too",
    dockerfile: "FROM scratch\nCOPY --chmod=750 d /x/y\nCOPY --chmod=0600 a.txt /p/q\n",
    files: tree,
  },
  {
    name: "copy: mode in symbols",
    dockerfile:
      "FROM scratch\nCOPY --chmod=u=rwX,go=rX d /x/y\nCOPY --chmod=+x a.txt /p/q\nCOPY --chmod=go-r,u+s b.txt /b\n",
    files: tree,
  },
  {
    name: "copy: mode and owner",
    dockerfile: "FROM scratch\nCOPY --chmod=711 --chown=3 a.txt d /x/\n",
    files: tree,
  },
  {
    name: "copy: into a folder of the same instruction",
    dockerfile: "FROM scratch\nCOPY a.txt d /d/\n",
    files: tree,
  },
  { name: "copy: over a file", dockerfile: "FROM scratch\nCOPY a.txt /x\nCOPY b.txt /x\n", files: tree },
  {
    name: "copy: a destination that is a symlink",
    dockerfile: "FROM scratch\nCOPY d /d\nCOPY b.txt /d/link\n",
    files: tree,
  },
  {
    name: "copy: through a symlink of the image",
    dockerfile: "FROM scratch\nCOPY usr /\nCOPY a.txt /bin/a\nCOPY d /bin/\n",
    files: { ...tree, "usr/usr/bin/x": "x", "usr/bin": { link: "usr/bin" } },
  },
  {
    name: "copy: exclude in a folder",
    dockerfile: "FROM scratch\nCOPY --exclude=sub --exclude=*e d /x\n",
    files: tree,
  },
  { name: "copy: modes are kept", dockerfile: "FROM scratch\nCOPY run.sh /run\nCOPY d /d\n", files: tree },
  { name: "copy: an empty folder", dockerfile: "FROM scratch\nCOPY d/empty /x\n", files: tree },
  {
    name: "copy: link",
    dockerfile: "FROM scratch\nCOPY --link a.txt /x/y\nCOPY --link d /x/d/\n",
    files: tree,
  },
  {
    name: "copy: variables in all words",
    dockerfile: "FROM scratch\nENV S=a D=/x O=7\nCOPY --chown=$O ${S}.txt $D/\n",
    files: tree,
  },
  {
    name: "copy: from a stage by name",
    dockerfile: "FROM scratch AS Build\nCOPY d /out\nFROM scratch\nCOPY --from=build /out /app\n",
    files: tree,
  },
  {
    name: "copy: exclude of a file of a stage that is named itself",
    dockerfile:
      "FROM scratch AS b\nCOPY a.txt d /out/\nFROM scratch\nCOPY --from=b --exclude=*.txt --exclude=one /out/a.txt /out /x/\n",
    files: tree,
  },
  {
    name: "copy: from a stage by number",
    dockerfile: "FROM scratch\nCOPY --chown=4:5 d /out\nFROM scratch\nCOPY --from=0 /out/sub /app\n",
    files: tree,
  },
  {
    name: "copy: from a stage with a wildcard",
    dockerfile: "FROM scratch AS b\nCOPY a.txt b.txt d /out/\nFROM scratch\nCOPY --from=b /out/*.txt /app/\n",
    files: tree,
  },
  {
    name: "copy: from a stage with another owner and mode",
    dockerfile:
      "FROM scratch AS b\nCOPY --chown=4:5 d /out/\nFROM scratch\nCOPY --from=b --chown=1:2 --chmod=700 /out /app/\n",
    files: tree,
  },
  {
    name: "copy: from a stage through its symlinks",
    dockerfile:
      "FROM scratch AS b\nCOPY . /out/\nFROM scratch\nCOPY --from=b /out/dirlink/one /out/link /app/\n",
    files: tree,
  },
  {
    name: "copy: a stage on a stage",
    dockerfile:
      "FROM scratch AS a\nCOPY a.txt /a\nFROM a AS b\nCOPY b.txt /b\nFROM scratch\nCOPY --from=b / /\n",
    files: tree,
  },
  {
    name: "ignore: patterns and exceptions",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: { ...tree, ".dockerignore": "*\n!d\nd/sub\n!e/three\n" },
  },
  {
    name: "ignore: beside the Dockerfile",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: {
      ...tree,
      ".dockerignore": "a.txt\n",
      "Dockerfile.dockerignore": "**/*.txt\nDockerfile*\n.dockerignore\n",
    },
  },
  {
    name: "ignore: a wildcard does not see what is left out",
    dockerfile: "FROM scratch\nCOPY *.txt /x/\n",
    files: { ...tree, ".dockerignore": "b.txt\n" },
  },
  {
    name: "ignore: comments and blanks",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: { ...tree, ".dockerignore": "# none\n\n  e  \n/d\nDockerfile\n.dockerignore\n" },
  },
  { name: "add: a file and a folder", dockerfile: "FROM scratch\nADD a.txt /x/\nADD d /d\n", files: tree },
  {
    name: "context: a folder in the place of a stage, whatever that would have done",
    dockerfile: "FROM scratch AS build\nRUN make\nFROM scratch\nCOPY --from=build /out /app\n",
    contexts: { build: { "out/app": { text: "x", mode: 0o755 }, "out/sub/y": "y", other: "z" } },
  },
  {
    name: "context: a folder that is no stage",
    dockerfile: "FROM scratch\nCOPY --from=assets *.css /app/\n",
    contexts: { assets: { "a.css": "a", "b.css": "b", "c.js": "c" } },
  },
  {
    name: "context: a folder has a .dockerignore of its own",
    dockerfile: "FROM scratch\nCOPY --from=assets . /app/\n",
    contexts: { assets: { "a.css": "a", "b.js": "b", ".dockerignore": "*.js\n" } },
  },
];
