import type { DockerfileCase } from "./case.js";

const people = {
  "etc/passwd": "root:x:0:0::/:/\napp:x:100:101::/:/\n",
  "etc/group": "root:x:0:\nstaff:x:50:\n",
};

const tree = {
  "a.txt": "a\n",
  "b.txt": "bb\n",
  "d/one": "1",
  "d/sub/two": { text: "2", mode: 0o600 },
  "d/sub/deep/one": "11",
  "d/link": { link: "one" },
  "e/three": "3",
  "e/sub/one": "4",
  link: { link: "a.txt" },
  dirlink: { link: "d" },
  rootlink: { link: "/d/sub" },
  "d/up": { link: "../../../../a.txt" },
} as const;

/** What random Dockerfiles, built by BuildKit and by Gantry, once told apart; and what lies close to it. */
export const fuzzedCases: readonly DockerfileCase[] = [
  // §1.2, §1.9: configuration
  { name: "cmd: nothing is an empty command line", dockerfile: "FROM scratch\nCMD\n" },
  { name: "entrypoint: nothing is an empty command line", dockerfile: "FROM scratch\nENTRYPOINT\n" },
  { name: "cmd: blanks and escapes stay as they are", dockerfile: "FROM scratch\nCMD  a  \\b   'c d' \n" },
  { name: "user: an empty one is none", dockerfile: "FROM scratch\nUSER 5\nUSER $nobody\n" },
  { name: "user: quotes are taken away", dockerfile: "FROM scratch\nUSER \"7\":'8'\n" },
  {
    name: "workdir: a relative one is cleaned, an absolute one is not",
    dockerfile: "FROM scratch\nWORKDIR x/y/\nWORKDIR ../z/./\nWORKDIR /p/../q/\nWORKDIR r\n",
  },
  {
    name: "workdir: above the root",
    dockerfile: "FROM scratch\nWORKDIR ../..\nWORKDIR a\nWORKDIR ../../b\n",
  },
  {
    name: "workdir: through a symlink",
    dockerfile: "FROM scratch\nCOPY . /c/\nWORKDIR /c/dirlink/new\nWORKDIR /c/gone/x\n",
    files: { ...tree, gone: { link: "/other/place" } },
  },
  {
    name: "workdir: of a user by name, with a group",
    dockerfile:
      "FROM scratch\nCOPY etc /etc\nUSER app\nWORKDIR /a\nUSER app:staff\nWORKDIR /b\nUSER root:5\nWORKDIR /c\n",
    files: people,
  },
  { name: "expose: variables that come to nothing", dockerfile: "FROM scratch\nEXPOSE $nothing\n" },
  {
    name: "expose: an empty protocol, a sign, leading zeros",
    dockerfile: "FROM scratch\nEXPOSE 80/ +5 0081/UDP 0\n",
  },
  {
    name: "expose: ranges of the host, addresses of six",
    dockerfile: "FROM scratch\nEXPOSE 1-3:4 5-6:7-8 ::1:9:10 [::1]:11:12 :13 1.2.3.4::14\n",
  },
  {
    name: "healthcheck: durations as Go reads them",
    dockerfile:
      "FROM scratch\nHEALTHCHECK --timeout=.5s --interval=1h1m1s1ms1us1ns --start-period=+1.5h --start-interval=0s CMD  x   y \n",
  },
  {
    name: "healthcheck: empty flags are none",
    dockerfile: "FROM scratch\nHEALTHCHECK --interval= --retries= cmd x\n",
  },
  { name: "healthcheck: none with flags", dockerfile: "FROM scratch\nHEALTHCHECK --interval=1s none\n" },
  { name: "stopsignal: any number but 0", dockerfile: "FROM scratch\nSTOPSIGNAL 99\n" },
  { name: "stopsignal: real-time ones, without SIG", dockerfile: "FROM scratch\nSTOPSIGNAL rtmin+3\n" },
  {
    name: "volume: variables and blanks in JSON",
    dockerfile: 'FROM scratch\nENV V=/v\nVOLUME [" /p ", "$V"]\n',
  },
  {
    name: "shell: none of one's own for commands in JSON",
    dockerfile: 'FROM scratch\nSHELL ["a b", "$A"]\nCMD ["x"]\nENTRYPOINT y z\n',
  },
  {
    name: "onbuild: several kinds, in order, with the stage's variables",
    dockerfile:
      "FROM scratch AS a\nARG A=1\nONBUILD ENV Z=$A\nONBUILD LABEL z=$Z\nONBUILD WORKDIR o\nONBUILD COPY a.txt ./\nONBUILD USER 5\nFROM a\nENV LAST=$Z\n",
    files: tree,
  },
  {
    name: "onbuild: a continued line and a heredoc are carried out",
    dockerfile: "FROM scratch AS a\nONBUILD ENV Z=1 \\\n Y=2\nONBUILD COPY <<E /h\nhi $Z\nE\nFROM a\n",
  },
  // §1.6
  {
    name: "from: a stage's shell, user, folder and labels go on",
    dockerfile:
      'FROM scratch AS a\nSHELL ["/bin/x", "-c"]\nUSER 3:4\nWORKDIR /w\nLABEL a=b\nEXPOSE 80\nVOLUME /v\nSTOPSIGNAL 9\nHEALTHCHECK CMD x\nFROM a\nCMD y\nWORKDIR z\n',
  },
  {
    name: "from: the platform of a stage is not the image's",
    dockerfile: "FROM --platform=linux/s390x scratch AS a\nENV A=1\nFROM a\nENV B=$TARGETARCH\n",
    platform: "linux/arm/v6",
  },
  {
    name: "from: a quoted name, an expansion with a default",
    dockerfile: 'FROM "scratch" AS a\nENV A=1\nFROM ${X:-a}\nENV B=$A\n',
  },
  // §1.7: sources
  {
    name: "copy: a wildcard in the middle",
    dockerfile: "FROM scratch\nCOPY */sub/one /x/\nCOPY */sub /y/\n",
    files: tree,
  },
  {
    name: "copy: a wildcard does not walk through symlinks",
    dockerfile: "FROM scratch\nCOPY */one /x/\n",
    files: tree,
  },
  {
    name: "copy: a wildcard follows what it matches",
    dockerfile: "FROM scratch\nCOPY *link /x/\n",
    files: tree,
  },
  {
    name: "copy: a wildcard below a symlink",
    dockerfile: "FROM scratch\nCOPY dirlink/* /x/\nCOPY rootlink/t* /y/\n",
    files: tree,
  },
  {
    name: "copy: classes, negated too",
    dockerfile: "FROM scratch\nCOPY [^b-z].txt /x/\nCOPY d/[!-p]*[^p] /y/\n",
    files: tree,
  },
  { name: "copy: two stars are one", dockerfile: "FROM scratch\nCOPY **/one /x/\n", files: tree },
  {
    name: "copy: a folder that matches is not looked into",
    dockerfile: "FROM scratch\nCOPY *sub* d/* /x/\n",
    files: tree,
  },
  {
    name: "copy: a star behind a backslash",
    dockerfile: "FROM scratch\nCOPY s\\\\** /x/\n",
    files: { "s*r": "1", star: "2" },
  },
  {
    name: "copy: above the context is the context",
    dockerfile: "FROM scratch\nCOPY ../../a.txt /../x/../y\nCOPY d/../b.txt /\n",
    files: tree,
  },
  {
    name: "copy: a symlink out of the context ends in it",
    dockerfile: "FROM scratch\nCOPY d/up /x\nCOPY rootlink /y\n",
    files: tree,
  },
  {
    name: "copy: a symlink with a slash behind it",
    dockerfile: "FROM scratch\nCOPY dirlink/ /x\nCOPY dirlink/sub/. /y\n",
    files: tree,
  },
  {
    name: "copy: quotes in JSON are taken away too",
    dockerfile: `FROM scratch\nCOPY ["'a.txt'", "'/x  y'"]\n`,
    files: tree,
  },
  // §1.7: destinations
  {
    name: "copy: a file replaces a symlink of its name in a folder",
    dockerfile: "FROM scratch\nCOPY . /x/\nCOPY link2/link d/one /x/\n",
    files: { ...tree, "link2/link": "new" },
  },
  {
    name: "copy: a file replaces a symlink to a folder in a folder",
    dockerfile: "FROM scratch\nCOPY . /x/\nCOPY files/dirlink /x/\n",
    files: { ...tree, "files/dirlink": "new" },
  },
  {
    name: "copy: a nested file replaces a symlink",
    dockerfile: "FROM scratch\nCOPY d /x\nCOPY n /x\n",
    files: { ...tree, "n/link": "new" },
  },
  {
    name: "copy: to a dangling symlink",
    dockerfile: "FROM scratch\nCOPY l /\nCOPY a.txt /gone\nCOPY a.txt /gone2/\nCOPY d/sub /gone3\n",
    files: { ...tree, "l/gone": { link: "/p/q" }, "l/gone2": { link: "r/s" }, "l/gone3": { link: "../t" } },
  },
  {
    name: "copy: to the root by other names",
    dockerfile: "FROM scratch\nCOPY a.txt ..\nCOPY b.txt /x/..\nCOPY e //\n",
    files: tree,
  },
  {
    name: "copy: a dot at the end is a folder",
    dockerfile: "FROM scratch\nCOPY a.txt /x/.\nCOPY b.txt y/.\n",
    files: tree,
  },
  {
    name: "copy: nested folders get the source's mode and owner, the top one keeps its own",
    dockerfile: "FROM scratch\nUSER 9\nWORKDIR /x/sub\nUSER 8\nWORKDIR /x/sub/deep\nCOPY --chown=3:4 d /x\n",
    files: tree,
  },
  // §1.7: flags
  {
    name: "copy: an empty group is the user's own",
    dockerfile: "FROM scratch\nCOPY etc /etc\nCOPY --chown=5: a.txt /1\nCOPY --chown=app: a.txt /2\n",
    files: { ...tree, ...people },
  },
  {
    name: "copy: an owner with a sign and zeros",
    dockerfile: "FROM scratch\nCOPY --chown=+5:007 a.txt /x/1\n",
    files: tree,
  },
  {
    name: "copy: an empty owner is none",
    dockerfile: "FROM scratch\nCOPY --chown= --chmod= a.txt /x/1\n",
    files: tree,
  },
  {
    name: "copy: a mode copied from a class",
    dockerfile:
      "FROM scratch\nCOPY --chmod=g=u a.txt /1\nCOPY --chmod=o=g+w a.txt /2\nCOPY --chmod=go=u-w a.txt /3\nCOPY --chmod=o=gx a.txt /4\nCOPY --chmod=o=xg a.txt /5\n",
    files: tree,
  },
  {
    name: "copy: modes with special bits",
    dockerfile:
      "FROM scratch\nCOPY --chmod=+t a.txt /1\nCOPY --chmod=+rt a.txt /2\nCOPY --chmod=o+s a.txt /3\nCOPY --chmod=u=rwx,g+s d /4\nCOPY --chmod=7777 a.txt /5\n",
    files: tree,
  },
  {
    name: "copy: X asks the mode that was there first",
    dockerfile: "FROM scratch\nCOPY --chmod=a-x,+X d /x\nCOPY --chmod=a-x,+X run /run\n",
    files: { ...tree, run: { text: "r", mode: 0o755 } },
  },
  {
    name: "copy: folders made for a mode have no special bits",
    dockerfile: "FROM scratch\nCOPY --chmod=4755 a.txt /x/y/\nCOPY --chmod=7777 d /z\n",
    files: tree,
  },
  {
    name: "copy: exclude does not ask files that are named",
    dockerfile: "FROM scratch\nCOPY --exclude=* a.txt d /x/\nCOPY --exclude=*.txt *.txt /y/\n",
    files: tree,
  },
  {
    name: "copy: exclude with an exception",
    dockerfile: "FROM scratch\nCOPY --exclude=sub --exclude=!sub/deep d /x\n",
    files: tree,
  },
  {
    name: "copy: exclude at any depth",
    dockerfile: "FROM scratch\nCOPY --exclude=**/one d /x\nCOPY --exclude=*/* d /y\n",
    files: tree,
  },
  {
    name: "copy: exclude from a stage, with an exception",
    dockerfile:
      "FROM scratch AS s\nCOPY d /d\nFROM scratch\nCOPY --from=s --exclude=sub --exclude=!sub/deep/one /d /x\nCOPY --from=s --exclude=* /d/one /y\n",
    files: tree,
  },
  {
    name: "copy: link does not see what the stage has",
    dockerfile:
      "FROM scratch\nCOPY . /t/\nUSER 5\nWORKDIR /w\nCOPY --link a.txt /t/dirlink/new\nCOPY --link a.txt /w\nCOPY --link b.txt /t/d/\n",
    files: tree,
  },
  {
    name: "copy: link with a mode is none",
    dockerfile: "FROM scratch\nCOPY . /t/\nCOPY --link --chmod=600 a.txt /t/dirlink/new\n",
    files: tree,
  },
  {
    name: "copy: link with an owner",
    dockerfile: "FROM scratch\nCOPY --link --chown=5:root a.txt /x/y\n",
    files: tree,
  },
  {
    name: "copy: from a stage that was linked to",
    dockerfile:
      "FROM scratch AS s\nCOPY . /t/\nCOPY --link d/sub /t/dirlink/\nFROM scratch\nCOPY --from=s /t /x\n",
    files: tree,
  },
  {
    name: "copy: from a stage, a wildcard and its symlinks",
    dockerfile:
      "FROM scratch AS s\nCOPY . /o/\nFROM scratch\nCOPY --from=s /o/l* /o/dirlin? /x/\nCOPY --from=s /o/*/one /y/\nCOPY --from=S /o/dirlink/*n* /z/\n",
    files: tree,
  },
  // §1.3
  {
    name: "heredocs: with a file and into a folder that is there",
    dockerfile: "FROM scratch\nWORKDIR /x\nCOPY a.txt <<b /x/\nB\nb\nCOPY <<c /x\nC\nc\n",
    files: tree,
  },
  {
    name: "heredocs: a continued line and a default",
    dockerfile: "FROM scratch\nCOPY <<E /a\none\\\ntwo ${B:-q} \\$B\nE\n",
  },
  {
    name: "heredocs: half a name in quotes keeps all",
    dockerfile: "FROM scratch\nENV W=1\nCOPY <<-'E'F /a\n\t$W\n\tEF\n",
  },
  // §1.8
  {
    name: "ignore: a folder of which a part is taken back, by a wildcard",
    dockerfile: "FROM scratch\nCOPY * /x/\n",
    files: { ...tree, ".dockerignore": "*\n!d/sub\n!e/nothing\n" },
  },
  {
    name: "ignore: everything but by depth",
    dockerfile: "FROM scratch\nCOPY . /x/\n",
    files: { ...tree, ".dockerignore": "**\n!**/one\nd/sub/deep/one\n" },
  },
  {
    name: "ignore: a wildcard in the middle",
    dockerfile: "FROM scratch\nCOPY [de]/* /x/\n",
    files: { ...tree, ".dockerignore": "*/sub\n?.txt\n!d/sub/two\nd/up\nd/link\nDockerfile\n" },
  },
  // §1.5
  {
    name: "arg: empty ones, quoted ones and none",
    dockerfile:
      "ARG G=\nFROM scratch\nARG G\nARG A=\"x y\" B='$A' C=$A D\nENV R=${G-unset}:$A:$B:$C:${D-unset}\n",
    buildArgs: { D: "" },
  },
  {
    name: "arg: a given value is not expanded",
    dockerfile: "FROM scratch\nARG A=1 B=$A\nENV R=$A$B\n",
    buildArgs: { A: "$B" },
  },
];
