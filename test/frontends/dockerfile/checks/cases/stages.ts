import { casesOf, type CheckCase } from "./case.js";

/** What instructions of stages say. */
export const stageCases: readonly CheckCase[] = casesOf([
  ["JSONArgsRecommended: broken", "FROM scratch\nCMD mycommand\nENTRYPOINT my entry\n"],
  ["JSONArgsRecommended: of nothing at all", "FROM scratch\nCMD\n"],
  ["JSONArgsRecommended: in the letters of the keyword", "from scratch\ncmd mycommand\n"],
  ["JSONArgsRecommended: kept", 'FROM scratch\nCMD ["a"]\nENTRYPOINT ["b"]\nHEALTHCHECK CMD c\n'],
  [
    "JSONArgsRecommended: kept by a SHELL, also of its base",
    'FROM scratch AS a\nSHELL ["/sh"]\nCMD x\nFROM a\nENTRYPOINT y\n',
  ],
  ["JSONArgsRecommended: a SHELL that comes later", 'FROM scratch\nCMD x\nSHELL ["/sh"]\n'],
  [
    "JSONArgsRecommended: skipped above it",
    "FROM scratch\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT y\n",
  ],
  ["JSONArgsRecommended: of a stage that is not needed", "FROM scratch AS a\nCMD x\nFROM scratch\n"],
  [
    "JSONArgsRecommended: of the target alone",
    "FROM scratch AS a\nCMD x\nFROM scratch\nCMD y\n",
    { target: "a" },
  ],
  [
    "JSONArgsRecommended: of a stage that is copied from",
    "FROM scratch AS a\nCOPY f /\nCMD x\nFROM scratch AS b\nCMD z\nFROM scratch\nCOPY --from=a /f /\n",
    { files: { f: "f" } },
  ],
  ["WorkdirRelativePath: broken once", "FROM scratch\nWORKDIR app/\nWORKDIR sub\n"],
  ["WorkdirRelativePath: by an empty variable", "FROM scratch\nARG D\nWORKDIR ${D}x\n"],
  ["WorkdirRelativePath: kept, also by its base", "FROM scratch AS a\nWORKDIR /app\nFROM a\nWORKDIR sub\n"],
  ["WorkdirRelativePath: kept by a variable", "FROM scratch\nARG D=/d\nWORKDIR $D\nWORKDIR x\n"],
  ["WorkdirRelativePath: skipped above it", "FROM scratch\n# check=skip=WorkdirRelativePath\nWORKDIR app\n"],
  [
    "WorkdirRelativePath: the base image's does not count",
    "ARG BASE=scratch\nFROM $BASE\nWORKDIR x\n",
    { onBase: true },
  ],
  [
    "UndefinedVar: broken, with near names",
    "FROM scratch\nARG DIR_ASSETS=assets/\nLABEL a=$DIR_ASSET b=$PAHT c=$none\n",
  ],
  [
    "UndefinedVar: in every word that is expanded",
    "FROM scratch\nCOPY --chown=$A$Z --chmod=$B f$C d$D /$E\nCOPY <<X <<\"Y\" /z/\n$F\nX\n$G\nY\nEXPOSE 80$H\nVOLUME /$I\nUSER $J\nSTOPSIGNAL ${K:-SIGTERM}\nLABEL $M=$N o$O='$P'\nENV q=$Q r=${R:-x}\nWORKDIR /$S\n",
    { onlyChecked: true },
  ],
  [
    "UndefinedVar: not in words that are not",
    'FROM scratch\nCMD ["$A"]\nENTRYPOINT ["$B"]\nHEALTHCHECK CMD $C\nONBUILD ENV a=$D\nLABEL e=\\$E\n',
  ],
  [
    "UndefinedVar: in mounts of a RUN",
    "FROM scratch\nRUN --mount=type=bind,target=/x$L,source=$M true $N\n",
    { onlyChecked: true },
  ],
  [
    "UndefinedVar: kept",
    "FROM scratch\nARG empty\nARG full=1\nENV e=2\nLABEL a=$empty b=$full c=$e d=$PATH\n",
  ],
  [
    "UndefinedVar: kept by a stage's base",
    "FROM scratch AS a\nARG foo=1\nARG none\nENV bar=2\nFROM a\nLABEL a=$foo b=$bar c=$none\n",
  ],
  ["UndefinedVar: before it is declared", "FROM scratch\nLABEL a=$foo\nARG foo=bar\nLABEL a=$foo\n"],
  [
    "UndefinedVar: an ARG before FROM is not declared in a stage",
    "ARG foo=1\nFROM scratch\nLABEL a=$foo\nARG foo\nLABEL b=$foo\n",
  ],
  [
    "UndefinedVar: in defaults of ARG, one after the other",
    "FROM scratch\nARG a=$x b=$a c=$d d=$c\nARG e=$y\n",
    { buildArgs: { e: "given" } },
  ],
  ["UndefinedVar: the pairs of an ENV do not see each other", "FROM scratch\nENV a=1 b=$a\nENV c=$a\n"],
  [
    "UndefinedVar: of all stages",
    "FROM scratch AS first\nLABEL a=$foo\nFROM scratch AS second\nLABEL a=$bar\n",
  ],
  [
    "UndefinedVar: the base image's environment",
    "ARG BASE=scratch\nFROM $BASE\nENV A=$FROM_BASE B=$FROM_BAES\n",
    { onBase: true },
  ],
  [
    "UndefinedVar: skipped above it, not below",
    "FROM scratch\n# check=skip=UndefinedVar\nLABEL a=$x\nLABEL b=$y\n",
  ],
  ["UndefinedVar: twice in an instruction", "FROM scratch\nLABEL a=$x$x b=$x\n"],
  ["UndefinedVar: names that steer BuildKit", "FROM scratch\nLABEL a=$BUILDKIT_SBOM_SCAN_STAGE\n"],
  [
    "UndefinedVar: in a trigger of a stage",
    'FROM scratch AS a\nONBUILD ENV x=$foo\nONBUILD CMD y\nONBUILD WORKDIR z\nFROM a\nCMD ["z"]\n',
  ],
  [
    "MultipleInstructionsDisallowed: broken",
    'FROM scratch\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\nCMD ["a"]\nLABEL x=1\nCMD ["b"]\nCMD ["c"]\nHEALTHCHECK CMD ["a"]\nHEALTHCHECK NONE\n',
  ],
  [
    "MultipleInstructionsDisallowed: kept, one in each stage",
    'FROM scratch AS a\nCMD ["a"]\nENTRYPOINT ["a"]\nHEALTHCHECK NONE\nFROM a\nCMD ["b"]\nENTRYPOINT ["b"]\nHEALTHCHECK NONE\n',
  ],
  [
    "MultipleInstructionsDisallowed: skipped above the later one",
    'FROM scratch\nCMD ["a"]\n# check=skip=MultipleInstructionsDisallowed\nCMD ["b"]\n',
  ],
  [
    "MultipleInstructionsDisallowed: not skipped above the earlier one",
    'FROM scratch\n# check=skip=MultipleInstructionsDisallowed\nCMD ["a"]\nCMD ["b"]\n',
  ],
  ["LegacyKeyValueFormat: broken", "FROM scratch\nENV testkey value\nLABEL key the value\nenv other value\n"],
  ["LegacyKeyValueFormat: kept", 'FROM scratch\nENV a=b c="d e"\nLABEL f=g\n'],
  [
    "LegacyKeyValueFormat: skipped above it",
    "FROM scratch\n# check=skip=LegacyKeyValueFormat\nENV a b\nLABEL c d\n",
  ],
  [
    "SecretsUsedInArgOrEnv: broken",
    "FROM scratch\nARG SECRET_PASSPHRASE\nENV SUPER_Secret=foo\nENV password=bar secret=baz\nARG super_duper_secret_token=foo auth=bar\nENV apikey=bar sunflower=foo\nENV git_key=\n",
  ],
  [
    "SecretsUsedInArgOrEnv: kept",
    "FROM scratch\nENV PUBLIC_KEY=\nARG public_token\nARG SECRET_PASSPHRASE_FILE\nENV password_file=bar secret_File=baz\nARG AUTH_MODULE_VERSION\nARG keys tokens authority\nLABEL password=1\n",
  ],
  [
    "SecretsUsedInArgOrEnv: an ENV's name is expanded, an ARG's is not",
    "FROM scratch\nARG A=api\nENV ${A}key=1\nARG B=pass\n",
  ],
  ["SecretsUsedInArgOrEnv: not asked before FROM", "ARG TOKEN=1\nFROM scratch\n"],
  [
    "SecretsUsedInArgOrEnv: skipped above it",
    "FROM scratch\n# check=skip=SecretsUsedInArgOrEnv // a reason\nENV password=bar\n# check=skip=all // another\nARG password\nENV token=1\n",
  ],
  ["ExposeProtoCasing: broken", "FROM scratch\nEXPOSE 80/TcP 8080/TCP 8080/udp\n"],
  ["ExposeProtoCasing: kept", "FROM scratch\nEXPOSE 80 81/tcp 82/udp 83/sctp\n"],
  ["ExposeProtoCasing: by a variable", "FROM scratch\nARG P=90/UDP\nEXPOSE $P\n"],
  ["ExposeInvalidFormat: broken", "FROM scratch\nEXPOSE 127.0.0.1:80:80 [::1]:8080:8080 5000:5000 8000\n"],
  ["ExposeInvalidFormat: with a protocol in upper case", "FROM scratch\nEXPOSE 1:2/UDP\n"],
  ["ExposeInvalidFormat: kept", "FROM scratch\nEXPOSE 80-82 90/udp\n"],
  ["ExposeInvalidFormat: skipped above it", "FROM scratch\n# check=skip=ExposeInvalidFormat\nEXPOSE 1:2\n"],
  ["ExposeInvalidFormat: before an error", "FROM scratch\nEXPOSE 1:2 x:80/foo\n", { isFaulty: true }],
]);
