import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInstruction } from "../../../../src/frontends/dockerfile/instructions/parse-instruction.js";
import { parseDockerfile } from "../../../../src/frontends/dockerfile/parse/parse.js";

/** An instruction's fields without its statement and without those that were not said. */
function read(text: string): Record<string, unknown> {
  const { statements, directives } = parseDockerfile(text, { name: "Dockerfile" });
  const { statement: _statement, ...fields } = parseInstruction(statements[0]!, directives.escape);
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== false),
  );
}

const copy = { type: "COPY", files: [], exclude: [] };

const table: readonly (readonly [text: string, fields: object])[] = [
  ["FROM scratch", { type: "FROM", image: "scratch" }],
  ["from --platform=$P a As B-1", { type: "FROM", image: "a", platform: "$P", name: "b-1" }],
  [
    "ARG A B= C='d e'",
    {
      type: "ARG",
      args: [
        { name: "A", value: undefined },
        { name: "B", value: "" },
        { name: "C", value: "'d e'" },
      ],
    },
  ],
  [
    "ENV A=1 B='2 3'",
    {
      type: "ENV",
      pairs: [
        { name: "A", value: "1" },
        { name: "B", value: "'2 3'" },
      ],
    },
  ],
  ["ENV A  b c ", { type: "ENV", legacy: true, pairs: [{ name: "A", value: "b c" }] }],
  ['LABEL "a b"=c', { type: "LABEL", pairs: [{ name: '"a b"', value: "c" }] }],
  ["COPY a b /c", { ...copy, sources: ["a", "b"], destination: "/c" }],
  ['COPY ["a b", "c"]', { ...copy, sources: ["a b"], destination: "c" }],
  ["COPY ['a', 'b']", { ...copy, sources: ["['a',"], destination: "'b']" }],
  [
    "COPY --from=x --chown=1:2 --chmod=7 --link --parents --exclude=p --exclude=q a b",
    {
      ...copy,
      ...{ sources: ["a"], destination: "b", from: "x", chown: "1:2", chmod: "7" },
      ...{ link: true, parents: true, exclude: ["p", "q"] },
    },
  ],
  ["COPY --from= --chown= --chmod= a b", { ...copy, sources: ["a"], destination: "b" }],
  [
    'COPY a <<X <<-"Y" /d/\n$x\nX\n\ty\n\tY\n',
    {
      ...copy,
      sources: ["a"],
      destination: "/d/",
      files: [
        { name: "X", content: "$x\n", expand: true },
        { name: "Y", content: "y\n", expand: false },
      ],
    },
  ],
  [
    "ADD --checksum=sha256:0 --keep-git-dir --unpack=true a b",
    {
      ...copy,
      type: "ADD",
      sources: ["a"],
      destination: "b",
      checksum: "sha256:0",
      keepGitDir: true,
      unpack: true,
    },
  ],
  ['CMD ["a", "b c"]', { type: "CMD", command: { words: ["a", "b c"], forShell: false } }],
  ["CMD a 'b c'", { type: "CMD", command: { words: ["a 'b c'"], forShell: true } }],
  ["CMD", { type: "CMD", command: { words: [], forShell: true } }],
  ["ENTRYPOINT []", { type: "ENTRYPOINT", command: { words: [], forShell: false } }],
  ["RUN --mount=x y", { type: "RUN", command: { words: ["y"], forShell: true } }],
  ['SHELL ["a", "-c"]', { type: "SHELL", words: ["a", "-c"] }],
  ["HEALTHCHECK none", { type: "HEALTHCHECK", check: { Test: ["NONE"] } }],
  [
    "HEALTHCHECK --interval=1s --retries=2 CMD x y",
    { type: "HEALTHCHECK", check: { Test: ["CMD-SHELL", "x y"], Interval: 1e9, Retries: 2 } },
  ],
  ['HEALTHCHECK cmd ["x"]', { type: "HEALTHCHECK", check: { Test: ["CMD", "x"] } }],
  ["EXPOSE 9 80/tcp $P", { type: "EXPOSE", ports: ["$P", "80/tcp", "9"] }],
  ["VOLUME /a  /b", { type: "VOLUME", paths: ["/a", "/b"] }],
  ['VOLUME [" /a b "]', { type: "VOLUME", paths: ["/a b"] }],
  ["USER a b", { type: "USER", text: "a b" }],
  ["WORKDIR /a b", { type: "WORKDIR", text: "/a b" }],
  ["STOPSIGNAL --x 9", { type: "STOPSIGNAL", text: "9" }],
  ["MAINTAINER Me <m@e>", { type: "MAINTAINER", text: "Me <m@e>" }],
  ["ONBUILD  copy a  b", { type: "ONBUILD", trigger: "copy a  b" }],
  ["ONBUILD COPY <<E /a\nx\nE\n", { type: "ONBUILD", trigger: "COPY <<E /a\nx\nE" }],
];

for (const [text, fields] of table) {
  test(`${JSON.stringify(text)} is read`, () => {
    assert.deepEqual(read(text), fields);
  });
}
