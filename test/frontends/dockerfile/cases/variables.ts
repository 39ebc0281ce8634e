import type { DockerfileCase } from "./case.js";

/** Expansion, ARG and ENV. */
export const variableCases: readonly DockerfileCase[] = [
  {
    name: "expansion: plain, in braces, defaults",
    dockerfile: "FROM scratch\nENV A=1\nENV B=$A C=${A}x D=${N:-d} E=${N-e} F=${A:+f} G=${N:+g} H=${A:-h}\n",
  },
  {
    name: "expansion: an empty value is unset with a colon alone",
    dockerfile: "FROM scratch\nENV A=\nENV B=${A:-b} C=${A-c} D=${A:+d} E=${A+e}\n",
  },
  { name: "expansion: nested", dockerfile: "FROM scratch\nENV A=1\nENV B=${N:-${M:-$A}}\n" },
  {
    name: "expansion: prefixes and suffixes",
    dockerfile: "FROM scratch\nENV A=foo.bar.baz\nENV B=${A#*.} C=${A##*.} D=${A%.*} E=${A%%.*}\n",
  },
  {
    name: "expansion: replacement",
    dockerfile: "FROM scratch\nENV A=foo-bar-foo\nENV B=${A/foo/x} C=${A//foo/x} D=${A//?a?/y}\n",
  },
  {
    name: "expansion: single quotes keep, double quotes expand",
    dockerfile: 'FROM scratch\nENV A=1\nENV B=\'$A\' C="$A b" D="\\$A" E=\\$A\n',
  },
  { name: "expansion: unset is empty", dockerfile: "FROM scratch\nENV B=x${N}y LABEL=$N\n" },
  {
    name: "expansion: labels, keys too",
    dockerfile: 'FROM scratch\nENV K=key V=value\nLABEL $K=$V "a b"=c\n',
  },
  {
    name: "expansion: not in commands",
    dockerfile: 'FROM scratch\nENV A=1\nCMD ["$A"]\nENTRYPOINT echo $A\n',
  },
  {
    name: "expansion: user, workdir, volume, stopsignal",
    dockerfile: "FROM scratch\nENV U=7 W=/w V=/v S=SIGINT\nUSER $U\nWORKDIR $W/x\nVOLUME $V\nSTOPSIGNAL $S\n",
  },
  {
    name: "env: one instruction sees what was before it",
    dockerfile: "FROM scratch\nENV A=1\nENV A=2 B=$A\n",
  },
  { name: "env: the legacy form", dockerfile: "FROM scratch\nENV A some words here\n" },
  {
    name: "env: a name that is there keeps its place",
    dockerfile: "FROM scratch\nENV A=1 B=2\nENV A=3 C=4\n",
  },
  {
    name: "env: quoted blanks and equals signs",
    dockerfile: "FROM scratch\nENV A=\"x = y\" B='p q' C=a\\ b\n",
  },
  { name: "env: PATH may be set", dockerfile: "FROM scratch\nENV PATH=/x:$PATH\n" },
  { name: "label: several and replaced", dockerfile: "FROM scratch\nLABEL a=1 b=2\nLABEL a=3\n" },
  { name: "label: the legacy form", dockerfile: "FROM scratch\nLABEL a some words\n" },
  { name: "arg: a default", dockerfile: "FROM scratch\nARG A=1\nENV B=$A\n" },
  { name: "arg: a value given", dockerfile: "FROM scratch\nARG A=1\nENV B=$A\n", buildArgs: { A: "2" } },
  { name: "arg: without a value is not set", dockerfile: "FROM scratch\nARG A\nENV B=${A-unset}\n" },
  { name: "arg: several are read one after the other", dockerfile: "FROM scratch\nARG A=1 B=$A\nENV C=$B\n" },
  {
    name: "arg: a global one is taken by its name",
    dockerfile: "ARG A=1\nFROM scratch\nENV B=x$A\nARG A\nENV C=$A\n",
  },
  {
    name: "arg: a stage's default shadows the global one",
    dockerfile: "ARG A=1\nFROM scratch\nARG A=2\nENV C=$A\n",
  },
  {
    name: "arg: globals see those before them",
    dockerfile: "ARG A=1\nARG B=${A}2\nFROM scratch\nARG B\nENV C=$B\n",
  },
  {
    name: "arg: the last writer of a name wins",
    dockerfile: "FROM scratch\nENV A=env\nARG A=arg\nENV B=$A\nENV A=env2\nENV C=$A\n",
  },
  {
    name: "arg: platform arguments",
    dockerfile:
      "FROM scratch\nARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG TARGETVARIANT\nENV P=$TARGETPLATFORM O=$TARGETOS A=$TARGETARCH V=$TARGETVARIANT\n",
    platform: "linux/arm/v7",
  },
  {
    name: "arg: a default for a platform argument pins it",
    dockerfile: "FROM scratch\nARG TARGETARCH=amd64\nENV A=$TARGETARCH\n",
    platform: "linux/arm64",
  },
  {
    name: "arg: the stage's name",
    dockerfile: "FROM scratch AS one\nARG TARGETSTAGE\nENV S=$TARGETSTAGE\nFROM one AS two\n",
    target: "one",
  },
  {
    name: "arg: inherited from the stage below",
    dockerfile: "FROM scratch AS a\nARG X=1\nFROM a\nENV Y=$X\n",
  },
  {
    name: "arg: proxies are no variables unless declared",
    dockerfile: "FROM scratch\nENV A=x$HTTP_PROXY\n",
    buildArgs: { HTTP_PROXY: "http://p" },
  },
];
