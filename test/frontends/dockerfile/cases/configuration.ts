import type { DockerfileCase } from "./case.js";

/** Instructions that change the configuration alone, and stages. */
export const configurationCases: readonly DockerfileCase[] = [
  { name: "from: scratch alone", dockerfile: "FROM scratch\n" },
  {
    name: "from: a stage by name",
    dockerfile:
      'FROM scratch AS Base\nENV A=1\nLABEL l=1\nUSER 5\nWORKDIR /w\nCMD ["x"]\nFROM base\nENV B=2\n',
  },
  {
    name: "from: the name of an ARG",
    dockerfile:
      "ARG STAGE=two\nFROM scratch AS one\nENV A=1\nFROM scratch AS two\nENV A=2\nFROM ${STAGE}\nENV B=1\n",
  },
  {
    name: "from: the name of an ARG that is given",
    dockerfile: "ARG STAGE=two\nFROM scratch AS one\nENV A=1\nFROM scratch AS two\nENV A=2\nFROM ${STAGE}\n",
    buildArgs: { STAGE: "one" },
  },
  {
    name: "from: a target in the middle",
    dockerfile: "FROM scratch AS a\nENV A=1\nFROM a AS b\nENV B=1\nFROM b AS c\nENV C=1\n",
    target: "B",
  },
  {
    name: "from: a stage that nobody needs may be anything",
    dockerfile: "FROM does.not.exist.invalid/x AS unused\nRUN x\nFROM scratch\nENV A=1\n",
  },
  {
    name: "from: the last stage of a name",
    dockerfile: "FROM scratch AS a\nENV A=1\nFROM scratch AS a\nENV A=2\nFROM a\n",
  },
  { name: "cmd: exec form", dockerfile: 'FROM scratch\nCMD ["a", "b c", "\\"q\\""]\n' },
  { name: "cmd: shell form", dockerfile: 'FROM scratch\nCMD echo "hi there" && ls\n' },
  { name: "cmd: empty", dockerfile: "FROM scratch\nCMD []\n" },
  { name: "cmd: single quotes are no JSON", dockerfile: "FROM scratch\nCMD ['a', 'b']\n" },
  { name: "cmd: the last one", dockerfile: 'FROM scratch\nCMD ["a"]\nCMD ["b"]\n' },
  { name: "entrypoint: exec form", dockerfile: 'FROM scratch\nENTRYPOINT ["/a", "-b"]\n' },
  { name: "entrypoint: shell form", dockerfile: "FROM scratch\nENTRYPOINT exec /a\n" },
  { name: "entrypoint: none", dockerfile: 'FROM scratch AS a\nENTRYPOINT ["x"]\nFROM a\nENTRYPOINT []\n' },
  {
    name: "entrypoint: clears what another stage set as the command",
    dockerfile: 'FROM scratch AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["y"]\n',
  },
  {
    name: "entrypoint: keeps the command of its own stage",
    dockerfile: 'FROM scratch\nCMD ["x"]\nENTRYPOINT ["y"]\n',
  },
  {
    name: "entrypoint: a command may come after it",
    dockerfile: 'FROM scratch AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["y"]\nCMD ["z"]\n',
  },
  {
    name: "shell: for what comes after it",
    dockerfile: 'FROM scratch\nCMD one\nSHELL ["/bin/bash", "-eu", "-c"]\nENTRYPOINT two\n',
  },
  {
    name: "expose: protocols, ranges, order",
    dockerfile: "FROM scratch\nEXPOSE 90 80/TCP 53/udp 8000-8002\nEXPOSE 90/sctp\n",
  },
  { name: "expose: variables with blanks are split", dockerfile: 'FROM scratch\nENV P="80 81"\nEXPOSE $P\n' },
  {
    name: "expose: an address and a host port mean nothing",
    dockerfile: "FROM scratch\nEXPOSE 127.0.0.1:80:8080\nEXPOSE 90:9090\n",
  },
  { name: "volume: a list and JSON", dockerfile: 'FROM scratch\nVOLUME /a /b\nVOLUME ["/c d"]\n' },
  { name: "user: a name, with a group", dockerfile: "FROM scratch\nUSER app:staff\n" },
  {
    name: "stopsignal: names and numbers",
    dockerfile: "FROM scratch\nSTOPSIGNAL 9\nSTOPSIGNAL SIGRTMIN+3\n",
  },
  {
    name: "healthcheck: shell form with all flags",
    dockerfile:
      "FROM scratch\nHEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h --start-interval=5s --retries=4 CMD curl -f localhost\n",
  },
  { name: "healthcheck: exec form", dockerfile: 'FROM scratch\nHEALTHCHECK CMD ["/probe", "x"]\n' },
  { name: "healthcheck: none", dockerfile: "FROM scratch\nHEALTHCHECK NONE\n" },
  { name: "maintainer: is the author", dockerfile: "FROM scratch\nMAINTAINER Me <me@example.com>\n" },
  { name: "onbuild: is kept", dockerfile: "FROM scratch\nONBUILD COPY . /app\nONBUILD ENV A=$B\n" },
  { name: "onbuild: keeps a heredoc", dockerfile: "FROM scratch\nONBUILD COPY <<E /a\nx $Y\nE\n" },
  {
    name: "onbuild: of a stage is carried out by the next",
    dockerfile: "FROM scratch AS a\nONBUILD COPY f /x/\nONBUILD ENV A=1\nFROM a\nENV B=$A\n",
    files: { f: "1" },
  },
  {
    name: "onbuild: is not handed on twice",
    dockerfile: "FROM scratch AS a\nONBUILD ENV A=1\nFROM a AS b\nFROM b\nENV B=x${A}y\n",
  },
  {
    name: "workdir: absolute, relative, nested",
    dockerfile: "FROM scratch\nWORKDIR /a\nWORKDIR b\nWORKDIR ../c\nWORKDIR /d/e/\n",
  },
  { name: "workdir: the root makes nothing", dockerfile: "FROM scratch\nWORKDIR /\n" },
  { name: "workdir: belongs to the user", dockerfile: "FROM scratch\nUSER 12:34\nWORKDIR /a/b\n" },
  { name: "workdir: of a user by number alone", dockerfile: "FROM scratch\nUSER 12\nWORKDIR /a/b\n" },
  {
    name: "workdir: a folder that is there stays",
    dockerfile: "FROM scratch\nCOPY --chown=5:6 d /x/\nUSER 9\nWORKDIR /x\nWORKDIR /x/y\n",
    files: { "d/f": "1" },
  },
  { name: "platform: is the image's own", dockerfile: "FROM scratch\nENV A=1\n", platform: "linux/arm64" },
];
