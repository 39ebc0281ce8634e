import type { DockerfileCase } from "./case.js";
import { linkedTree, people } from "./trees.js";

/** Corners of what the flags of COPY do. */
export const copyingFlagCases: readonly DockerfileCase[] = [
  // §1.7: flags
  {
    name: "copy: an empty group is the user's own",
    dockerfile: "FROM scratch\nCOPY etc /etc\nCOPY --chown=5: a.txt /1\nCOPY --chown=app: a.txt /2\n",
    files: { ...linkedTree, ...people },
  },
  {
    name: "copy: an owner with a sign and zeros",
    dockerfile: "FROM scratch\nCOPY --chown=+5:007 a.txt /x/1\n",
    files: linkedTree,
  },
  {
    name: "copy: an empty owner is none",
    dockerfile: "FROM scratch\nCOPY --chown= --chmod= a.txt /x/1\n",
    files: linkedTree,
  },
  {
    name: "copy: a mode copied from a class",
    dockerfile:
      "FROM scratch\nCOPY --chmod=g=u a.txt /1\nCOPY --chmod=o=g+w a.txt /2\nCOPY --chmod=go=u-w a.txt /3\nCOPY --chmod=o=gx a.txt /4\nCOPY --chmod=o=xg a.txt /5\n",
    files: linkedTree,
  },
  {
    name: "copy: modes with special bits",
    dockerfile:
      "FROM scratch\nCOPY --chmod=+t a.txt /1\nCOPY --chmod=+rt a.txt /2\nCOPY --chmod=o+s a.txt /3\nCOPY --chmod=u=rwx,g+s d /4\nCOPY --chmod=7777 a.txt /5\n",
    files: linkedTree,
  },
  {
    name: "copy: X asks the mode that was there first",
    dockerfile: "FROM scratch\nCOPY --chmod=a-x,+X d /x\nCOPY --chmod=a-x,+X run /run\n",
    files: { ...linkedTree, run: { text: "r", mode: 0o755 } },
  },
  {
    name: "copy: folders made for a mode have no special bits",
    dockerfile: "FROM scratch\nCOPY --chmod=4755 a.txt /x/y/\nCOPY --chmod=7777 d /z\n",
    files: linkedTree,
  },
  {
    name: "copy: exclude does not ask files that are named",
    dockerfile: "FROM scratch\nCOPY --exclude=* a.txt d /x/\nCOPY --exclude=*.txt *.txt /y/\n",
    files: linkedTree,
  },
  {
    name: "copy: exclude with an exception",
    dockerfile: "FROM scratch\nCOPY --exclude=sub --exclude=!sub/deep d /x\n",
    files: linkedTree,
  },
  {
    name: "copy: exclude at any depth",
    dockerfile: "FROM scratch\nCOPY --exclude=**/one d /x\nCOPY --exclude=*/* d /y\n",
    files: linkedTree,
  },
  {
    name: "copy: exclude from a stage, with an exception",
    dockerfile:
      "FROM scratch AS s\nCOPY d /d\nFROM scratch\nCOPY --from=s --exclude=sub --exclude=!sub/deep/one /d /x\nCOPY --from=s --exclude=* /d/one /y\n",
    files: linkedTree,
  },
  {
    name: "copy: link does not see what the stage has",
    dockerfile:
      "FROM scratch\nCOPY . /t/\nUSER 5\nWORKDIR /w\nCOPY --link a.txt /t/dirlink/new\nCOPY --link a.txt /w\nCOPY --link b.txt /t/d/\n",
    files: linkedTree,
  },
  {
    name: "copy: link with a mode is none",
    dockerfile: "FROM scratch\nCOPY . /t/\nCOPY --link --chmod=600 a.txt /t/dirlink/new\n",
    files: linkedTree,
  },
  {
    name: "copy: link with an owner",
    dockerfile: "FROM scratch\nCOPY --link --chown=5:root a.txt /x/y\n",
    files: linkedTree,
  },
  {
    name: "copy: from a stage that was linked to",
    dockerfile:
      "FROM scratch AS s\nCOPY . /t/\nCOPY --link d/sub /t/dirlink/\nFROM scratch\nCOPY --from=s /t /x\n",
    files: linkedTree,
  },
  {
    name: "copy: from a stage, a wildcard and its symlinks",
    dockerfile:
      "FROM scratch AS s\nCOPY . /o/\nFROM scratch\nCOPY --from=s /o/l* /o/dirlin? /x/\nCOPY --from=s /o/*/one /y/\nCOPY --from=S /o/dirlink/*n* /z/\n",
    files: linkedTree,
  },
  {
    name: "copy: a link's file takes a folder's place, for other stages too",
    dockerfile: "FROM scratch AS s\nCOPY . /x\nCOPY --link a.txt /x/d\nFROM scratch\nCOPY --from=s /x /y\n",
    files: { "a.txt": "a", "d/s": "1" },
  },
  {
    name: "copy: a link's folder takes a file's place, for other stages too",
    dockerfile: "FROM scratch AS s\nCOPY . /x\nCOPY --link d /x/a.txt\nFROM scratch\nCOPY --from=s /x /y\n",
    files: { "a.txt": "a", "d/s": "1" },
  },
  {
    name: "copy: exclude at the root of a stage",
    dockerfile:
      "FROM scratch AS s\nCOPY a.txt /x/a\nCOPY a.txt /b\nFROM scratch\nCOPY --from=s --exclude=**/a / /\n",
    files: { "a.txt": "a" },
  },
  {
    name: "add: folders and files with an owner and a mode",
    dockerfile: "FROM scratch\nADD d/ a.txt /x/\nADD --chown=1 --chmod=700 d /y\n",
    files: linkedTree,
  },
];
