import { casesOf, type CheckCase } from "./case.js";

/** FROM lines: ARGs, platforms, bases. */
export const fromCases: readonly CheckCase[] = casesOf([
  [
    "UndefinedArgInFrom: broken, with a near name",
    "ARG base=scratch\nFROM scratch${bsae} AS a\nFROM scratch${other}\n",
  ],
  [
    "UndefinedArgInFrom: of a platform, which is then empty",
    "FROM --platform=$BULIDPLATFORM scratch\n",
    { isFaulty: true },
  ],
  [
    "UndefinedArgInFrom: kept by a declaration",
    "ARG DEBUG\nARG base=scratch\nFROM scra${DEBUG:-tch} AS a\nFROM $base\n",
  ],
  [
    "UndefinedArgInFrom: kept by automatic names",
    "FROM --platform=$BUILDPLATFORM scratch\nFROM --platform=$TARGETOS/$TARGETARCH scratch${TARGETVARIANT}${BUILDOSVERSION}\n",
  ],
  ["UndefinedArgInFrom: skipped above it", "# x\n# check=skip=UndefinedArgInFrom\nFROM scratch${x}\n"],
  ["UndefinedArgInFrom: an ARG of a stage is not one", "FROM scratch\nARG late=1\nFROM scratch${late}\n"],
  ["UndefinedArgInFrom: a default stands in", "FROM ${none:-scratch}\n"],
  [
    "UndefinedArgInFrom: nothing after a base that is blank",
    "FROM ${X} AS a\nFROM scratch${Y}\n",
    { isFaulty: true },
  ],
  [
    "InvalidDefaultArgInFrom: nothing by default",
    "ARG IMAGE\nFROM $IMAGE\n",
    { buildArgs: { IMAGE: "scratch" } },
  ],
  [
    "InvalidDefaultArgInFrom: no name by default",
    'ARG SFX="x:"\nFROM scratch${SFX}\n',
    { buildArgs: { SFX: "" } },
  ],
  [
    "InvalidDefaultArgInFrom: upper case by default",
    "ARG I=Scratch\nFROM $I\n",
    { buildArgs: { I: "scratch" } },
  ],
  ["InvalidDefaultArgInFrom: kept", "ARG I=scratch\nARG V\nFROM $I$V\n"],
  [
    "InvalidDefaultArgInFrom: not to be skipped by a comment",
    "ARG I\n# check=skip=all\nFROM $I\n",
    { buildArgs: { I: "scratch" } },
  ],
  [
    "InvalidDefaultArgInFrom: a stage that is not needed",
    "ARG I\nFROM $I AS a\nFROM scratch\n",
    { buildArgs: { I: "scratch" } },
  ],
  [
    "RedundantTargetPlatform: broken",
    "FROM --platform=$TARGETPLATFORM scratch\nFROM --platform=${TARGETPLATFORM} scratch\n",
  ],
  [
    "RedundantTargetPlatform: kept",
    "FROM --platform=$BUILDPLATFORM scratch\nFROM --platform=$TARGETPLATFORM${TARGETVARIANT} scratch\n",
  ],
  [
    "RedundantTargetPlatform: skipped above it",
    "\n# check=skip=RedundantTargetPlatform\nFROM --platform=$TARGETPLATFORM scratch\n",
  ],
  [
    "FromPlatformFlagConstDisallowed: broken",
    "FROM --platform=linux/amd64 scratch\nFROM --platform=linux/arm64 scratch AS mine\n",
  ],
  [
    "FromPlatformFlagConstDisallowed: kept by a name that says it",
    "FROM --platform=linux/amd64 scratch AS my_amd64\nFROM --platform=linux/arm64 scratch AS linux\n",
  ],
  [
    "FromPlatformFlagConstDisallowed: kept by a variable",
    "ARG P=linux/amd64\nFROM --platform=$P scratch\nFROM --platform=linux/$TARGETARCH scratch\n",
  ],
  [
    "InvalidBaseImagePlatform: broken",
    "ARG BASE\n# check=skip=FromPlatformFlagConstDisallowed\nFROM --platform=linux/arm64 $BASE\n",
    { onBase: true, onlyChecked: true },
  ],
  [
    "InvalidBaseImagePlatform: kept",
    "ARG BASE\nFROM --platform=linux/amd64 $BASE AS amd64\n",
    { onBase: true },
  ],
  [
    "InvalidBaseImagePlatform: skipped",
    "# check=skip=InvalidBaseImagePlatform,InvalidDefaultArgInFrom\nARG BASE\nFROM --platform=linux/arm64 $BASE AS arm64\nFROM $BASE\n",
    { onBase: true, onlyChecked: true },
  ],
  [
    "InvalidBaseImagePlatform: its environment counts all the same",
    "ARG BASE\nFROM --platform=linux/arm64 $BASE AS arm64\nENV A=$FROM_BASE B=$FROM_BSE\n",
    { onBase: true, onlyChecked: true },
  ],
]);
