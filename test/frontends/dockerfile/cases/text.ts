import type { DockerfileCase } from "./case.js";

/** Lines, directives, continuation, heredocs. */
export const textCases: readonly DockerfileCase[] = [
  { name: "lines: CRLF line ends", dockerfile: "FROM scratch\r\nENV A=1\r\nLABEL b=2\r\n" },
  { name: "lines: a byte order mark", dockerfile: "\ufeffFROM scratch\nENV A=1\n" },
  { name: "lines: keywords in any case", dockerfile: "from scratch\nEnv A=1\nlabel b=c\n" },
  { name: "lines: no line feed at the end", dockerfile: "FROM scratch\nENV A=1" },
  { name: "lines: leading blanks and tabs", dockerfile: "  FROM scratch\n\t ENV A=1\n" },
  {
    name: "comments: between and inside instructions",
    dockerfile: "# one\nFROM scratch\n  # two\nENV A=1 \\\n# three\n  B=2\n",
  },
  { name: "comments: a hash in an argument is none", dockerfile: 'FROM scratch\nENV A=b#c\nCMD ["#x"]\n' },
  { name: "continuation: nothing is inserted", dockerfile: "FROM scratch\nENV A=on\\\ne\n" },
  { name: "continuation: blanks behind the escape", dockerfile: "FROM scratch\nENV A=1 \\  \n  B=2\n" },
  { name: "continuation: an empty line in between", dockerfile: "FROM scratch\nENV A=1 \\\n\n  B=2\n" },
  { name: "continuation: two escapes do not join", dockerfile: "FROM scratch\nCMD echo a\\\\\nENV B=2\n" },
  { name: "continuation: at the end of the file", dockerfile: "FROM scratch\nENV A=1 \\\n" },
  {
    name: "directives: another escape character",
    dockerfile: "# escape=`\nFROM scratch\nENV A=1 `\n  B=c:\\d E=`$A\n",
  },
  {
    name: "directives: an unknown one ends them",
    dockerfile: "# unknown=1\n# escape=`\nFROM scratch\nENV A=1 \\\n B=2\n",
  },
  { name: "directives: check is no instruction", dockerfile: "# check=skip=all\nFROM scratch\nENV A=1\n" },
  {
    name: "heredocs: a file by its name",
    dockerfile: "FROM scratch\nCOPY <<motd /etc/\nhello\n  there\nmotd\n",
  },
  {
    name: "heredocs: variables are expanded, quotes stay",
    dockerfile: "FROM scratch\nENV W=world\nCOPY <<EOF /a\nhello '$W' \"${W}\" \\$W\nEOF\n",
  },
  {
    name: "heredocs: a quoted name keeps all",
    dockerfile: 'FROM scratch\nENV W=world\nCOPY <<"EOF" /a\nhello $W\nEOF\n',
  },
  {
    name: "heredocs: tabs are taken away",
    dockerfile: "FROM scratch\nCOPY <<-EOF /a\n\tone\n\t\ttwo\n\tEOF\n",
  },
  {
    name: "heredocs: several in one instruction",
    dockerfile: "FROM scratch\nCOPY <<one <<two /d/\n1\none\n2\ntwo\n",
  },
  { name: "heredocs: an empty one", dockerfile: "FROM scratch\nCOPY <<e /empty\ne\n" },
  {
    name: "heredocs: with chown and chmod",
    dockerfile: "FROM scratch\nCOPY --chown=3:4 --chmod=755 <<run /bin/run\n#!/bin/sh\nrun\n",
  },
  { name: "heredocs: by ADD", dockerfile: "FROM scratch\nADD <<x /f\nhello\nx\n" },
  {
    name: "heredocs: a carriage return ends the delimiter too",
    dockerfile: "FROM scratch\r\nCOPY <<E /a\r\nx\r\nE\r\n",
  },
];
