import type { DockerfileCase } from "./case.js";

/** What Dockerfiles rarely have, and tools rarely get right. */
export const rareCases: readonly DockerfileCase[] = [
  // §1.1
  { name: "lines: a shebang is a comment", dockerfile: "#!/usr/bin/env build\nFROM scratch\nENV A=1\n" },
  {
    name: "directives: blanks around them, in any case",
    dockerfile: "  #  ESCAPE  =  `  \nFROM scratch\nENV A=1 `\n B=2\n",
  },
  {
    name: "directives: an empty line ends them",
    dockerfile: "\n# escape=`\nFROM scratch\nENV A=1 \\\n B=2\n",
  },
  {
    name: "continuation: blanks of the next line stay",
    dockerfile: 'FROM scratch\nLABEL a="x\\\n   y"\nCMD a \\\n   b\n',
  },
  {
    name: "continuation: a comment and an empty line between",
    dockerfile: "FROM scratch\nCMD a \\\n  # no\n\n\t# no\n  b\n",
  },
  // §1.2
  {
    name: "flags: two dashes end them",
    dockerfile: "FROM scratch\nCOPY --chown=5 -- --x /x/\n",
    files: { "--x": "1" },
  },
  {
    name: "flags: quotes and escapes are taken away",
    dockerfile: "FROM scratch\nCOPY --chown='5:6' --ch\\mod=\"600\" a /x\n",
    files: { a: "1" },
  },
  {
    name: "flags: of either truth",
    dockerfile: "FROM scratch\nCOPY --link=FALSE a /x/\nCOPY --link=true a /y/\n",
    files: { a: "1" },
  },
  { name: "cmd: text behind JSON makes it a shell's", dockerfile: 'FROM scratch\nCMD ["a"] b\n' },
  {
    name: "cmd: blanks and escapes in JSON",
    dockerfile: 'FROM scratch\nCMD  [ "a\\tb" , "\\u00e9\\ud800" ]  \n',
  },
  { name: "env: a backslash in either form", dockerfile: "FROM scratch\nENV A=b\\c\nENV B c\\d e\n" },
  {
    name: "label: quoted names, a dollar and none",
    dockerfile: 'FROM scratch\nLABEL "a.b c"=\'d\' e="$" f=$\n',
  },
  // §1.4
  {
    name: "expansion: special parameters and digits",
    dockerfile: 'FROM scratch\nENV R="$1x $10 $@ $# $? $$ $! $-"\n',
  },
  { name: "expansion: letters of any kind in names", dockerfile: "FROM scratch\nENV é=1\nENV B=${é}x\n" },
  {
    name: "expansion: a message for what is there",
    dockerfile: "FROM scratch\nENV A=1\nENV B=${A:?no} C=${A?no}\n",
  },
  {
    name: "expansion: stars behind backslashes in patterns",
    dockerfile: "FROM scratch\nENV A='a*b?c/d'\nENV B=${A#a\\*} C=${A%%\\?*} D=${A/\\//x} E=${A//[a-z]/-}\n",
  },
  {
    name: "expansion: a replacement of all is a template",
    dockerfile: "FROM scratch\nENV A=xyx\nENV B=${A//x/<$0>} C=${A//x/\\$0} D=${A/x/\\$0}\n",
  },
  {
    name: "expansion: words in words, quotes in braces",
    dockerfile: "FROM scratch\nENV A=1\nENV B=${N:-\"a b\"} C=${N:-'$A'} D=\"${N:-'$A'}\" E=${A:+${N:-$A}}\n",
  },
  // §1.5
  {
    name: "arg: a platform argument that is given",
    dockerfile: "FROM scratch\nARG TARGETARCH\nARG TARGETOS\nENV A=$TARGETOS/$TARGETARCH\n",
    buildArgs: { TARGETARCH: "mine" },
  },
  {
    name: "arg: a global without a value",
    dockerfile: "ARG A\nARG B=x${A}y\nFROM scratch\nARG A\nARG B\nENV R=${A-none}:$B\n",
  },
  {
    name: "arg: platform arguments in FROM need no ARG",
    dockerfile:
      "FROM scratch AS a-amd64\nENV A=1\nFROM scratch AS a-arm64\nENV A=2\nFROM a-${TARGETARCH}\nENV B=1\n",
    platform: "linux/arm64",
  },
  { name: "arg: declared twice", dockerfile: "FROM scratch\nARG A=1\nARG A\nENV B=$A\nARG A=2\nENV C=$A\n" },
  // §1.6
  {
    name: "from: the platform of the machine that builds",
    dockerfile: "FROM --platform=$BUILDPLATFORM scratch AS a\nCOPY f /f\nFROM scratch\nCOPY --from=a /f /g\n",
    files: { f: "1" },
    platform: "linux/arm64",
  },
  {
    name: "from: names with dots, dashes and underscores",
    dockerfile: "FROM scratch AS a.b-c_1\nENV A=1\nFROM a.b-c_1 AS Z\nENV B=1\n",
  },
  // §1.7
  {
    name: "copy: several files of one name in order",
    dockerfile: "FROM scratch\nCOPY a/f b/f /x/\n",
    files: { "a/f": "1", "b/f": "2" },
  },
  {
    name: "copy: a folder whose name has a slash behind it, to a name",
    dockerfile: "FROM scratch\nCOPY d/ /x\nCOPY d/. /y/z\n",
    files: { "d/f": "1" },
  },
  // §1.8
  {
    name: "ignore: patterns with stars at their ends",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: {
      ".dockerignore": "**file\nabc/**\nDocker*\n*/*/deep*\n!d/e/deep-kept\n",
      "d/xfile": "1",
      "d/file1": "2",
      "abc/x": "3",
      "d/e/deep-gone": "4",
      "d/e/deep-kept": "5",
      "deep-here": "6",
    },
  },
  {
    name: "ignore: an empty one beside the Dockerfile counts",
    dockerfile: "FROM scratch\nCOPY a /\n",
    files: { ".dockerignore": "a\n", "Dockerfile.dockerignore": "", a: "1" },
  },
  {
    name: "ignore: classes, escapes and blanks at the ends of lines",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: {
      ".dockerignore": "  [a-c]x  \n[^d]y\n\\*z\n ! bx \nDockerfile*\n.dockerignore",
      ax: "1",
      bx: "2",
      dx: "3",
      dy: "4",
      ey: "5",
      "*z": "6",
      az: "7",
    },
  },
  // §1.9
  { name: "volume: of an empty list", dockerfile: "FROM scratch\nVOLUME /a\nVOLUME /a /b/\n" },
  {
    name: "healthcheck: the last one",
    dockerfile: "FROM scratch\nHEALTHCHECK CMD a\nHEALTHCHECK NONE\nHEALTHCHECK CMD b\n",
  },
  {
    name: "stopsignal: without SIG, in small letters",
    dockerfile: "FROM scratch\nSTOPSIGNAL term\nSTOPSIGNAL sigquit\n",
  },
  { name: "maintainer: quotes and blanks stay", dockerfile: 'FROM scratch\nMAINTAINER  "Me"   $A \n' },
  { name: "shell: one word", dockerfile: 'FROM scratch\nSHELL ["sh"]\nCMD a b\n' },
  {
    name: "entrypoint: after a command of the stage, twice",
    dockerfile: 'FROM scratch\nCMD ["a"]\nENTRYPOINT ["b"]\nENTRYPOINT c\n',
  },
];
