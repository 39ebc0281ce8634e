import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../../../src/errors.js";
import { parseDockerfile } from "../../../../src/frontends/dockerfile/parse/parse.js";
import { splitNameValues } from "../../../../src/frontends/dockerfile/parse/split-name-values.js";
import { splitWords } from "../../../../src/frontends/dockerfile/parse/split-words.js";
import type { DockerfileText } from "../../../../src/frontends/dockerfile/parse/statement.js";

const real = `# syntax=docker/dockerfile:1
# escape=\\

# The version to build with.
ARG NODE=22
FROM --platform=$BUILDPLATFORM node:\${NODE:-20}-slim AS build
# check=skip=JSONArgsRecommended
ENV PATH="/app/bin:$PATH" \\
    # where it runs
    MODE='production'   EMPTY=

LABEL maintainer Jane "Doe"
COPY --from=base --chown="app:app" --exclude=*.md ["a b", "/app/"]
COPY <<EOF <<-'run.sh' /etc/app/
port = $PORT
EOF
	#!/bin/sh
	exec node
	run.sh
ONBUILD ADD <<-"X" /y
	foo
	X
HEALTHCHECK --interval=5s --retries=3 CMD ["node", "probe.js"]
VOLUME /data \\

  /cache
EXPOSE 80/tcp 443
CMD node "server.js" `;

/** The statements, or undefined where the text is refused; fails on anything but a refusal. */
function parse(text: string | Uint8Array): DockerfileText | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    assert.ok(error instanceof GantryError, String(error));
    assert.equal(error.code, "ERR_GANTRY_DOCKERFILE_INVALID");
    return undefined;
  }
}

/** What holds of whatever was read: ranges follow each other and are in the file, and nothing is more than was written. */
function checkShape({ file, statements, emptyContinuations }: DockerfileText): void {
  let last = 0;
  for (const { range, text, flags, heredocs } of statements) {
    assert.ok(last < range.start && range.start <= range.end && range.end <= file.lines.length);
    last = range.end;
    assert.ok(!text.includes("\n"));
    assert.ok(flags.every((flag) => flag.startsWith("--") && flag !== "--"));
    assert.ok(heredocs.every(({ name, content }) => name !== "" && /(^|\n)$/.test(content)));
  }
  for (const { start, end } of emptyContinuations) assert.ok(start === end && start <= last);
}

test("any bytes are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const read = parse(bytes);
      if (read !== undefined) checkShape(read);
    }),
  );
});

const piece = fc.constantFrom(
  ...["\\", "`", "\n", "\r\n", " ", "\t", "\u00a0", "\ufeff", "#", "# escape=`\n", "# syntax=a\n", "'", '"'],
  ...["$", "${", "}", "${a:-", "<", "<<", "<<-", "<<A", "\nA\n", "--", "--a=", "=", "é", "\ud83d\ude00"],
  ...["COPY ", "RUN ", "ENV ", "ONBUILD ", "HEALTHCHECK ", '["a"', "1", ",", "[", "]"],
  ...["\\\n", "\\\n\n", "\\\n# a\n"],
);

test("any mixture of what matters is read or refused", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const read = parse(pieces.join(""));
      if (read !== undefined) checkShape(read);
    }),
    { numRuns: 500 },
  );
});

const change = fc.record({ at: fc.nat(real.length), cut: fc.nat(5), put: fc.oneof(fc.constant(""), piece) });

test("a real Dockerfile is read, and with a few changes read or refused", () => {
  const whole = parse(real)!;
  checkShape(whole);
  assert.equal(whole.statements.length, 11);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      let text = real;
      for (const { at, cut, put } of changes) text = text.slice(0, at) + put + text.slice(at + cut);
      const read = parse(text);
      if (read !== undefined) checkShape(read);
    }),
    { numRuns: 500 },
  );
});

/** Everything of a statement but where it was. */
function contents({ statements }: DockerfileText): unknown {
  return statements.map(({ keyword, flags, rest, heredocs }) => ({ keyword, flags, rest, heredocs }));
}

const wordPiece = fc.constantFrom("a", "b=c", "é", "'d e'", '"f"', "\\ ", "--g", "#", "$h", "[1,", "${i:-j}");
const word = fc
  .array(wordPiece, { minLength: 1, maxLength: 3 })
  .map((pieces) => `${pieces.join("").replace(/^#/, "-#")}.`);
const joint = fc.constantFrom(
  " ",
  "  ",
  " \\\n",
  "\\\n ",
  " \\ \t\r\n\t",
  " \\\n# x\n",
  " \\\n\n  # y\n\\\n ",
);
const line = fc
  .tuple(
    fc.constantFrom("FROM", "env", "Copy", "RUN", "ONBUILD ADD", "what"),
    fc.array(fc.tuple(joint, word)),
  )
  .map(([keyword, words]) => keyword + words.flat().join(""));

test("joined statements printed one per line are the same statements", () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
      const read = parse(lines.join("\n"))!;
      const again = parse(read.statements.map(({ text }) => `${text}\n`).join(""))!;
      assert.deepEqual(contents(again), contents(read));
      assert.deepEqual(
        again.statements.map(({ range }) => range),
        lines.map((_, index) => ({ start: index + 1, end: index + 1 })),
      );
    }),
  );
});

test("heredocs come back as they were put in", () => {
  const content = fc.array(fc.stringMatching(/^[ -~\té]{0,20}$/), { maxLength: 5 });
  const docs = fc.array(fc.tuple(fc.stringMatching(/^[A-Z]{1,3}$/), content), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(docs, (written) => {
      fc.pre(written.every(([name, lines]) => !lines.includes(name)));
      const bodies = written.flatMap(([name, lines]) => [...lines, name]);
      const words = written.map(([name]) => `<<${name}`);
      const [copy, user] = parse([`COPY ${words.join(" ")} /`, ...bodies, "USER a"].join("\n"))!.statements;
      assert.deepEqual(
        copy!.heredocs.map(({ content: read }) => read),
        written.map(([, lines]) => lines.map((each) => `${each}\n`).join("")),
      );
      assert.equal(user!.range.start, bodies.length + 2);
    }),
  );
});

test("words are the text between blanks where nothing is quoted or escaped", () => {
  const plain = fc.array(fc.stringMatching(/^[a-z=$é]{1,5}$/));
  fc.assert(fc.property(plain, (words) => assert.deepEqual(splitWords(words.join("  "), "\\"), words)));
});

/** Work that grew as the square of the size would not come to an end with these. */
const large: readonly (readonly [name: string, text: string])[] = [
  ["statements", "USER a\n".repeat(200_000)],
  ["comments", "# a\n".repeat(200_000) + "USER a"],
  ["blank lines", "\n".repeat(1_000_000) + "USER a"],
  ["joined lines", "USER \\\n" + "a\\\n".repeat(200_000)],
  ["comments in joined lines", "USER \\\n" + "# a\n".repeat(200_000)],
  ["blanks in a line", `# check=a${" ".repeat(65_000)}b\nUSER a${" ".repeat(65_000)}b\\${"\t".repeat(65)}`],
  ["blanks in joined lines", "RUN a \\\n" + `${" ".repeat(60_000)}\\\n`.repeat(30) + "b <<c\nc"],
  ["flags", "COPY \\\n" + "--a='b' \\\n".repeat(100_000) + "c"],
  ["quotes", "RUN <<a \\\n" + "'\"' \"'\" \\\n".repeat(100_000) + "b\na"],
  ["variables", "RUN <<a \\\n" + "${a:-b} $c \\\n".repeat(100_000) + "b\na"],
  ["nested braces", "RUN <<a \\\n" + "${a:-\\\n".repeat(1000) + "}\\\n".repeat(1000) + "b\na"],
  ["open braces", "RUN <<a \\\n" + "${a:-\\\n".repeat(100_000) + "b\n"],
  ["less-than signs", "RUN a \\\n" + "< << \\\n".repeat(100_000) + "b\nb"],
  ["heredocs", "RUN \\\n" + "<<a \\\n".repeat(50_000) + "b\n" + "a\n".repeat(50_000)],
  ["lines of a heredoc", "RUN <<-a\n" + "\t\t\n".repeat(300_000) + "a"],
  ["JSON strings", "COPY [\\\n" + '"a",\\\n'.repeat(100_000) + '"b"]'],
  ["JSON brackets", "COPY " + "[".repeat(60_000)],
];

for (const [name, text] of large) {
  test(`a great many ${name} are read in one pass`, () => {
    assert.ok(parse(text) !== undefined);
  });
}

test("a great many names and values are read in one pass", () => {
  const { pairs } = splitNameValues("a='b c' ".repeat(100_000), { escape: "\\", keyword: "ENV" });
  assert.equal(pairs.length, 100_000);
});
