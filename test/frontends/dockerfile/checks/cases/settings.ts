import { casesOf, type CheckCase } from "./case.js";

const file = "FROM scratch as base\nenv A=1\nCMD x\n";
const byArg = (value: string) => ({ buildArgs: { BUILDKIT_DOCKERFILE_CHECK: value } });

/** What is asked and what a violation does. */
export const settingCases: readonly CheckCase[] = casesOf([
  ["settings: skip=all", `#check=skip=all\n${file}`],
  ["settings: skip=all is no error", `#check=skip=all;error=true\n${file}`],
  [
    "settings: skip of two, with blanks around",
    `# check = skip=ConsistentInstructionCasing,FromAsCasing\n${file}`,
  ],
  [
    "settings: what is after a blank is not read",
    `# check=skip=ConsistentInstructionCasing, FromAsCasing\n${file}`,
  ],
  ["settings: a rule that is none", `# check=skip=NoSuchRule\n${file}`],
  ["settings: rules' names are read as they are written", `# check=skip=fromascasing\n${file}`],
  [
    "settings: error=true",
    `# check=skip=ConsistentInstructionCasing,JSONArgsRecommended;error=true\n${file}`,
    { isFaulty: true },
  ],
  [
    "settings: error=1 before the rules",
    `# check=error=1;skip=ConsistentInstructionCasing,FromAsCasing\n${file}`,
    { isFaulty: true },
  ],
  ["settings: error=true and nothing wrong", "# check=error=true\nFROM scratch\n"],
  [
    "settings: error=true and all skipped above",
    "# check=error=true\nFROM scratch\n# check=skip=JSONArgsRecommended\nCMD x\n",
  ],
  ["settings: error=false", `# check=error=false\n${file}`],
  ["settings: error above an instruction has no effect", "FROM scratch\n# check=error=true\nCMD x\n"],
  ["settings: error that is neither", `# check=error=maybe\n${file}`, { isFaulty: true }],
  ["settings: an option that is none", `# check=foo=bar\n${file}`, { isFaulty: true }],
  ["settings: an option without a value", `# check=skip\n${file}`, { isFaulty: true }],
  [
    "settings: three options and no more",
    `# check=skip=FromAsCasing;error=false;skip=JSONArgsRecommended;x\n${file}`,
  ],
  ["settings: the last of two skips", `# check=skip=FromAsCasing;skip=JSONArgsRecommended\n${file}`],
  [
    "settings: a build argument takes the directive's place",
    `# check=skip=all\n${file}`,
    byArg("skip=ConsistentInstructionCasing"),
  ],
  ["settings: a build argument takes the error's place", `# check=error=true\n${file}`, byArg("skip=all")],
  ["settings: an empty build argument asks everything", `# check=skip=all\n${file}`, byArg("")],
  [
    "settings: a build argument with an error",
    file,
    { ...byArg("skip=ConsistentInstructionCasing,FromAsCasing;error=true"), isFaulty: true },
  ],
  ["settings: after another directive", `# escape=\`\n# check=skip=all\n${file}`],
  ["settings: after a comment it is one of the FROM", `# hello\n# check=skip=FromAsCasing\n${file}`],
  [
    "settings: the first above an instruction counts",
    "FROM scratch\n# check=skip=MaintainerDeprecated\n# check=skip=JSONArgsRecommended\nCMD x\n",
  ],
  [
    "settings: malformed above an instruction",
    "FROM scratch\n# check=skip\n# check=skip=JSONArgsRecommended\nCMD x\n",
  ],
  [
    "settings: among other comments",
    "FROM scratch\n# why\n# check=skip=JSONArgsRecommended and why\n# x\nCMD x\n",
  ],
  ["settings: indented, a comment is none", "FROM scratch\n  # check=skip=JSONArgsRecommended\nCMD x\n"],
  ["settings: an empty comment parts them", "FROM scratch\n# check=skip=JSONArgsRecommended\n#\nCMD x\n"],
  ["settings: on a line of its own letters' case", "FROM scratch\n# CHECK=skip=JSONArgsRecommended\nCMD x\n"],
]);
