import { casesOf, type CheckCase } from "./case.js";

/** How a file is written: letters' case, names, comments, empty lines. */
export const writingCases: readonly CheckCase[] = casesOf([
  ["StageNameCasing: broken", "FROM scratch AS BadStageName\nFROM badstagename AS Other\n"],
  ["StageNameCasing: kept", "FROM scratch AS good-stage_name.1\n"],
  [
    "StageNameCasing: skipped above its FROM",
    "#\n# check=skip=StageNameCasing\nFROM scratch AS Bad\nFROM scratch AS Bad2\n",
  ],
  ["StageNameCasing: of a name that is none", "FROM scratch AS Bad!\n", { isFaulty: true }],
  ["FromAsCasing: broken both ways", "FROM scratch as a\nfrom scratch AS b\nfrom scratch As c\n"],
  ["FromAsCasing: kept", "FROM scratch AS a\nfrom scratch as b\n"],
  ["FromAsCasing: not asked of a FROM in both cases", "From scratch as a\nFROM scratch\n"],
  [
    "NoEmptyContinuation: broken",
    "FROM scratch\nLABEL a=1 \\\n\n  b=2\nLABEL c=3 \\\n \n\n  d=4 \\\n  e=5\n",
  ],
  ["NoEmptyContinuation: kept, over comments", "FROM scratch\nLABEL a=1 \\\n# comment\n  b=2\n"],
  ["NoEmptyContinuation: before a heredoc", "FROM scratch\nCOPY <<E \\\n\n  /b\nx\nE\n"],
  [
    "NoEmptyContinuation: not to be skipped by a comment",
    "FROM scratch\n# check=skip=all\nLABEL a=1 \\\n\n  b=2\n",
  ],
  ["NoEmptyContinuation: with another escape character", "# escape=`\nFROM scratch\nLABEL a=1 `\n\n  b=2\n"],
  [
    "ConsistentInstructionCasing: mostly uppercase",
    "FROM scratch\ncopy f /\nCOPY f /g\nWorkDir /x\n",
    { files: { f: "f" } },
  ],
  [
    "ConsistentInstructionCasing: mostly lowercase",
    "from scratch\ncopy f /\nENV a=1\nlabel b=2\n",
    { files: { f: "f" } },
  ],
  ["ConsistentInstructionCasing: as many of both are uppercase", "FROM scratch\nenv a=1\n"],
  ["ConsistentInstructionCasing: kept", 'from scratch\nenv a=1\ncmd ["x"]\n'],
  ["ConsistentInstructionCasing: ARGs before FROM are not counted", "arg A\narg B\nFROM scratch\n"],
  [
    "ConsistentInstructionCasing: of stages that are not needed",
    "FROM scratch AS a\nenv a=1\nFROM scratch\nENV b=2\n",
  ],
  [
    "ConsistentInstructionCasing: not to be skipped by a comment",
    "FROM scratch\n# check=skip=all\nenv a=1\n",
  ],
  ["DuplicateStageName: broken", "FROM scratch AS b\nFROM scratch AS b\nFROM scratch AS B\n"],
  ["DuplicateStageName: kept", "FROM scratch AS b1\nFROM scratch AS b2\nFROM scratch\nFROM scratch\n"],
  ["ReservedStageName: broken", "FROM scratch AS scratch\nFROM scratch AS context\n"],
  ["ReservedStageName: kept", "FROM scratch\nFROM scratch AS contexts\n"],
  ["MaintainerDeprecated: broken", "FROM scratch\nMAINTAINER me@example.org\n"],
  ["MaintainerDeprecated: kept", "FROM scratch\nLABEL org.opencontainers.image.authors=me@example.org\n"],
  [
    "MaintainerDeprecated: skipped above it",
    "FROM scratch\n# check=skip=MaintainerDeprecated\nMAINTAINER me\n",
  ],
  ["MaintainerDeprecated: of a stage that is not needed", "FROM scratch\nMAINTAINER me\nFROM scratch\n"],
  [
    "MaintainerDeprecated: before an error",
    "FROM scratch AS Bad\nMAINTAINER me\nBADCMD\n",
    { isFaulty: true },
  ],
  ["MaintainerDeprecated: before any stage", "MAINTAINER me\nFROM scratch AS Bad\n", { isFaulty: true }],
  [
    "InvalidDefinitionDescription: broken, and asked for",
    "# check=experimental=InvalidDefinitionDescription\n# bar this is the bar\nARG foo=bar\n# BasE this is the base\nFROM scratch AS base\n# definitely a bad comment\nARG version=latest\n# definitely a bad comment\nARG foo=baz bar=qux baz=quux\n",
  ],
  [
    "InvalidDefinitionDescription: kept",
    "# check=skip=all;experimental=all\n# foo this is the foo\nARG foo=bar\n\n# base this is the base\nFROM scratch AS base\n\n# baz this is the baz\nARG foo=baz bar=qux baz=quux\n#\nARG bit=bat\n\n# of a COPY\nCOPY Dockerfile .\n",
  ],
  [
    "InvalidDefinitionDescription: not asked unless experimental",
    "# a comment of nothing\n\nARG foo=bar\n# other\nFROM scratch AS base\n",
  ],
  [
    "InvalidDefinitionDescription: asked for above one instruction",
    "FROM scratch\n# check=experimental=all\nARG a\n# none\nARG b\n",
  ],
]);
