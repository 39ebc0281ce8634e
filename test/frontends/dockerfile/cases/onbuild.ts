import type { DockerfileCase } from "./case.js";

const files = { f: "f", "d/g": "g", "d/h": { text: "h", mode: 0o700 } } as const;

function fromStage(name: string, dockerfile: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return { name: `onbuild: from a stage, ${name}`, dockerfile, files, ...more };
}

function fromImage(
  name: string,
  onbuild: readonly string[],
  dockerfile: string,
  more: Partial<DockerfileCase> = {},
): DockerfileCase {
  const whole = `ARG BASE\n${dockerfile}`;
  return {
    name: `onbuild: from an image, ${name}`,
    dockerfile: whole,
    files,
    onBase: true,
    onbuild,
    ...more,
  };
}

const helper = "FROM scratch AS helper\nCOPY --chown=5:6 . /in/\n";

/** ONBUILD triggers that copy from stages, which the build then needs. */
export const onbuildCases: readonly DockerfileCase[] = [
  // §1.6, §1.9: ONBUILD
  fromStage(
    "an earlier stage",
    `${helper}FROM scratch AS a\nONBUILD COPY --from=helper /in/f /x/\nFROM a\nCOPY f /y\n`,
  ),
  fromStage(
    "a stage between it and who begins with it",
    `FROM scratch AS a\nONBUILD COPY --from=helper /in /x\n${helper}FROM a\n`,
  ),
  fromStage("a stage by number", `${helper}FROM scratch AS a\nONBUILD COPY --from=0 /in/d /x/\nFROM a\n`),
  fromStage(
    "in letters of another case",
    `${helper}FROM scratch AS a\nONBUILD COPY --from=Helper /in/f /x/\nFROM a\n`,
  ),
  fromStage(
    "not passed on",
    `${helper}FROM scratch AS a\nONBUILD COPY --from=helper /in/f /x/\nFROM a AS b\nFROM b\nENV A=1\n`,
  ),
  fromStage(
    "what triggers need has triggers",
    `${helper}FROM scratch AS a\nONBUILD COPY --from=helper /in/f /x/\nFROM a AS b\nFROM scratch AS c\nONBUILD COPY --from=b /x/ /z/\nFROM c\n`,
  ),
  fromStage("a named context", "FROM scratch AS a\nONBUILD COPY --from=more n /x/\nFROM a\n", {
    contexts: { more: { n: "1" } },
  }),
  fromStage(
    "with flags",
    `${helper}FROM scratch AS a\nONBUILD COPY --from=helper --parents --chown=1:2 --exclude=**/g /in/./d /x/\nFROM a\n`,
  ),
  fromImage("a stage", ["COPY --from=helper /in/f /app/"], `${helper}FROM \${BASE}\nENV A=1\n`),
  fromImage(
    "several",
    ["ENV W=/w", "COPY --from=helper /in/f $W/", "WORKDIR /w/x", "COPY --from=0 /in/d ./"],
    `${helper}FROM \${BASE}\n`,
  ),
  fromImage(
    "a stage that brings more triggers",
    ["COPY --from=two /x/ /app/"],
    `${helper}FROM scratch AS one\nONBUILD COPY --from=helper /in/f /x/\nFROM one AS two\nFROM \${BASE}\n`,
  ),
  fromImage(
    "in a stage that is copied from",
    ["COPY --from=helper /in/f /app/"],
    `${helper}FROM \${BASE} AS b\nFROM scratch\nCOPY --from=b /app /x\n`,
  ),
  fromImage(
    "not in a stage that nothing needs",
    ["COPY --from=nowhere /x /x"],
    "FROM ${BASE} AS b\nFROM scratch\nCOPY f /\n",
  ),
];
