import type { DockerfileCase } from "./case.js";
import { linkedTree, people } from "./trees.js";

/** Corners of configuration, stages, heredocs, .dockerignore and ARG. */
export const cornerCases: readonly DockerfileCase[] = [
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
    files: { ...linkedTree, gone: { link: "/other/place" } },
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
    files: linkedTree,
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
  // §1.3
  {
    name: "heredocs: with a file and into a folder that is there",
    dockerfile: "FROM scratch\nWORKDIR /x\nCOPY a.txt <<b /x/\nB\nb\nCOPY <<c /x\nC\nc\n",
    files: linkedTree,
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
    files: { ...linkedTree, ".dockerignore": "*\n!d/sub\n!e/nothing\n" },
  },
  {
    name: "ignore: everything but by depth",
    dockerfile: "FROM scratch\nCOPY . /x/\n",
    files: { ...linkedTree, ".dockerignore": "**\n!**/one\nd/sub/deep/one\n" },
  },
  {
    name: "ignore: a wildcard in the middle",
    dockerfile: "FROM scratch\nCOPY [de]/* /x/\n",
    files: { ...linkedTree, ".dockerignore": "*/sub\n?.txt\n!d/sub/two\nd/up\nd/link\nDockerfile\n" },
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
  {
    name: "heredocs: two of one name, and one with a mode of nothing",
    dockerfile: "FROM scratch\nCOPY <<a <<a /x/\n1\na\n2\na\nCOPY --chmod=0 <<b /x/\n1\nb\n",
  },
  {
    name: "continuation: within quotes",
    dockerfile: "FROM scratch\nLABEL a=\"x\\\ny\" b='z\\\nw'\n",
  },
  { name: "workdir: an empty one changes nothing", dockerfile: "FROM scratch\nWORKDIR /x/\nWORKDIR $A\n" },
  {
    name: "arg: one over an ENV of its name is not handed on",
    dockerfile: "FROM scratch AS a\nENV A=env\nARG A=arg B=arg\nENV R=$A$B\nFROM a\nENV S=$A$B\n",
  },
];
