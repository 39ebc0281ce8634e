import assert from "node:assert/strict";
import { test } from "node:test";
import { DockerfileError } from "../../../../src/frontends/dockerfile/source.js";
import { parseDockerfile } from "../../../../src/frontends/dockerfile/parse/parse.js";

/** Statements as "first-last keyword [flags] rest", with a `^` for each comment. */
function summary(text: string): string[] {
  return parseDockerfile(text).statements.map(({ range, keyword, flags, rest, comments }) => {
    const words = [keyword, ...flags.map((flag) => `[${flag}]`), rest].filter((word) => word !== "");
    return [`${range.start}-${range.end} ${words.join(" ")}`, ...comments].join(" ^");
  });
}

const statements: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  ["a line is a statement", "FROM a\nUSER b\n", ["1-1 FROM a", "2-2 USER b"]],
  ["the last line needs no line feed", "FROM a\nUSER b", ["1-1 FROM a", "2-2 USER b"]],
  ["carriage returns at the end are none of it", "FROM a\r\nUSER b\r\r\n", ["1-1 FROM a", "2-2 USER b"]],
  ["a carriage return alone is a blank", "FROM a\rb\n", ["1-1 FROM a\rb"]],
  ["a byte order mark is dropped", "\ufeffFROM a\n", ["1-1 FROM a"]],
  ["a byte order mark in a later line is not", "FROM a\n\ufeffUSER b\n", ["1-1 FROM a", "2-2 \ufeffUSER b"]],
  ["blank lines mean nothing", "\n \t\nFROM a\n\n\u00a0\u2003\nUSER b\n\n", ["3-3 FROM a", "6-6 USER b"]],
  ["leading blanks mean nothing", "  \t\u00a0FROM a\n", ["1-1 FROM a"]],
  ["the keyword stays as written", "from a\nUsEr b\n", ["1-1 from a", "2-2 UsEr b"]],
  ["an instruction need not exist", "FROM a\nJUMP --up b\n", ["1-1 FROM a", "2-2 JUMP [--up] b"]],
  ["a keyword may stand alone", "FROM\n", ["1-1 FROM"]],
  ["# after the beginning is a character", "FROM a # b\n", ["1-1 FROM a # b"]],

  ["a backslash at the end joins lines with nothing between", "FROM a\\\nb\\\nc\n", ["1-3 FROM abc"]],
  ["blanks may follow the backslash", "FROM a\\ \t\nb\n", ["1-2 FROM ab"]],
  ["other blanks may not", "FROM a\\\u00a0\nUSER b\n", ["1-1 FROM a\\", "2-2 USER b"]],
  ["a carriage return may", "FROM a \\\r\n b\r\n", ["1-2 FROM a  b"]],
  ["only the first line loses its leading blanks", "  FROM a\\\n   b\n", ["1-2 FROM a   b"]],
  ["two backslashes join nothing", "FROM a\\\\\nUSER b\n", ["1-1 FROM a\\\\", "2-2 USER b"]],
  ["nor do three", "FROM a\\\\\\\nUSER b\n", ["1-1 FROM a\\\\\\", "2-2 USER b"]],
  ["a backslash in a line of its own joins", "FROM a \\\n\\\n b\n", ["1-3 FROM a  b"]],
  ["also in the first line", "\\\nFROM a\n", ["1-2 FROM a"]],
  ["comments between joined lines are dropped", "FROM a\\\n# x\n  # y \\\nb\n", ["1-4 FROM ab"]],
  ["empty lines between joined lines are dropped", "FROM a\\\n\n \t\nb\n", ["1-4 FROM ab"]],
  ["# in the middle of a joined line is a character", "FROM a\\\n b # c\n", ["1-2 FROM a b # c"]],
  ["the end of the file ends a joined line", "FROM a\\\n", ["1-1 FROM a"]],
  ["also after comments", "FROM a\\\n# b\n# c\n", ["1-3 FROM a"]],
  ["a lone backslash at the end is a statement", "FROM a\n\\\n", ["1-1 FROM a", "2-2 "]],
  ["a keyword may be cut", "FR\\\nOM a\n", ["1-2 FROM a"]],

  ["comments above are kept", "# a\n#b \nFROM c\n", ["3-3 FROM c ^a ^b"]],
  ["an empty comment parts them", "# a\n#  \n# b\nFROM c\n", ["4-4 FROM c ^b"]],
  ["a blank line does not", "# a\n\n# b\n\nFROM c\n", ["5-5 FROM c ^a ^b"]],
  ["an instruction does", "# a\nFROM c\n# b\nUSER d\n", ["2-2 FROM c ^a", "4-4 USER d ^b"]],
  ["an indented comment keeps its #", "  # a\n #\nFROM c\n", ["3-3 FROM c ^# a ^#"]],
  ["comments in a joined line are nobody's", "FROM a\\\n# b\nb\nUSER c\n", ["1-3 FROM ab", "4-4 USER c"]],
  ["comments at the end are nobody's", "FROM a\n# b\n", ["1-1 FROM a"]],
  ["a directive is no comment", "# escape=\\\n# syntax=x\n# b\nFROM c\n", ["4-4 FROM c ^b"]],
  ["a directive below a comment is one", "# b\n# syntax=x\nFROM c\n", ["3-3 FROM c ^b ^syntax=x"]],
];

for (const [name, text, expected] of statements) {
  test(`statements: ${name}`, () => {
    assert.deepEqual(summary(text), expected);
  });
}

const escapes: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  ["a grave accent takes the backslash's place", "#escape=`\nFROM a`\nb\\\n", ["2-3 FROM ab\\"]],
  ["two of them join nothing", "# escape=`\nFROM a``\nUSER b\n", ["2-2 FROM a``", "3-3 USER b"]],
  ["a backslash may be said", "# escape = \\\nFROM a\\\nb\n", ["2-3 FROM ab"]],
  ["it escapes in flags", "# escape=`\nCOPY --a=b` c` d e\\f\n", ["2-2 COPY [--a=b c d] e\\f"]],
  ["blanks and case mean nothing", " \t#\tESCape\t=\t`\t\r\nFROM a`\nb\n", ["2-3 FROM ab"]],
  ["a byte order mark may stand before it", "\ufeff# escape=`\nFROM a`\nb\n", ["2-3 FROM ab"]],
  ["other directives may too", "# check=skip=A\n# syntax=x\n# escape=`\nFROM a`\nb\n", ["4-5 FROM ab"]],
  ["it is a comment after a blank line", "\n# escape=`\nFROM a`\n", ["3-3 FROM a` ^escape=`"]],
  ["and after a comment", "# x\n# escape=`\nFROM a`\n", ["3-3 FROM a` ^x ^escape=`"]],
  ["and after an unknown directive", "# x=y\n# escape=`\nFROM a`\n", ["3-3 FROM a` ^x=y ^escape=`"]],
  ["and after an instruction", "FROM a\n# escape=`\nUSER a`\n", ["1-1 FROM a", "3-3 USER a` ^escape=`"]],
  ["and after a shebang", "#!/bin/x\n# escape=`\nFROM a`\n", ["3-3 FROM a` ^!/bin/x ^escape=`"]],
  ["and without a value", "# escape=\n# escape=`\nFROM a`\n", ["3-3 FROM a` ^escape= ^escape=`"]],
];

for (const [name, text, expected] of escapes) {
  test(`escape directive: ${name}`, () => {
    assert.deepEqual(summary(text), expected);
  });
}

test("the directives are told, by default a backslash alone", () => {
  assert.deepEqual(parseDockerfile("FROM a").directives, { escape: "\\" });
  assert.deepEqual(parseDockerfile("# syntax=a/b:1 -x\n# check=skip=all\n# escape=`\nFROM a").directives, {
    escape: "`",
    syntax: { value: "a/b:1", text: "a/b:1 -x", range: { start: 1, end: 1 } },
    check: { value: "skip=all", text: "skip=all", range: { start: 2, end: 2 } },
  });
});

test("an empty continuation line is told at the statement's last line, once, without its heredocs", () => {
  const told = (text: string) => parseDockerfile(text).emptyContinuations.map(({ start }) => start);
  assert.deepEqual(told("FROM a \\\n\n b\nUSER \\\n\n\nb\n"), [3, 7]);
  assert.deepEqual(told("FROM a \\\n\n"), [2]);
  assert.deepEqual(told("COPY \\\n \\\n\n<<A /\nb\nA\n"), [4]);
  assert.deepEqual(told("FROM a \\\n# x\n\\\nb\n\nUSER a \\\n"), []);
});

test("a statement has its whole joined line, trailing blanks and all", () => {
  const [from] = parseDockerfile(" FROM --platform=x \\\n  a \t\n").statements;
  assert.equal(from!.text, "FROM --platform=x   a \t");
  assert.deepEqual([from!.keyword, from!.flags, from!.rest], ["FROM", ["--platform=x"], "a"]);
});

test("bytes are read as UTF-8, those that are not as U+FFFD", () => {
  const bytes = Buffer.concat([Buffer.from("\ufeff# escape=`\nFROM é"), Buffer.from([0xff, 0x0a])]);
  const { statements: read, directives, file } = parseDockerfile(bytes, { name: "x/Dockerfile" });
  assert.deepEqual([read[0]!.rest, directives.escape], ["é\ufffd", "`"]);
  assert.deepEqual(file, { name: "x/Dockerfile", lines: ["# escape=`", "FROM é\ufffd", ""] });
});

const long = "x".repeat(65_530);
const errors: readonly (readonly [name: string, text: string, line: number, problem: string])[] = [
  ["only comments", "# a\n\n# b\n", 3, "file with no instructions"],
  ["only a byte order mark", "\ufeff", 1, "file with no instructions"],
  [
    "a repeated directive",
    "# escape=`\n#escape=`\nFROM a\n",
    2,
    "only one escape parser directive can be used",
  ],
  [
    "a repeated syntax",
    "# syntax=a\n# check=b\n# SYNTAX=c\n",
    3,
    "only one syntax parser directive can be used",
  ],
  [
    "an unknown escape",
    "# check=a\n# escape=x\nFROM a\n",
    2,
    "invalid escape token 'x' does not match ` or \\",
  ],
  ["two escapes in one", "# escape=\\`\nFROM a\n", 1, "invalid escape token '\\`' does not match ` or \\"],
  ["a blank escape", "# escape=  \nFROM a\n", 1, "invalid escape token ' ' does not match ` or \\"],
  [
    "an escape that steers terminals",
    "# escape=\u001b\nFROM a\n",
    1,
    "invalid escape token '\ufffd' does not match ` or \\",
  ],
  ["a heredoc without end", "FROM a\nCOPY <<A <<B \\\n/c\nA\nb\n", 2, "unterminated heredoc"],
  ["a heredoc at the very end", "FROM a\nRUN <<A", 2, "unterminated heredoc"],
  [
    "JSON with a number",
    "FROM a\n\nCOPY [1, \\\n2]\n",
    3,
    "when using JSON array syntax, arrays must be comprised of strings only",
  ],
  [
    "a line that is too long",
    `FROM a\nUSER ${long}x\n`,
    2,
    "dockerfile line greater than max allowed size of 65535",
  ],
  [
    "also in a heredoc",
    `COPY <<A /\n${"é".repeat(32_768)}\nA\n`,
    2,
    "dockerfile line greater than max allowed size of 65535",
  ],
];

for (const [name, text, line, problem] of errors) {
  test(`error: ${name}`, () => {
    assert.throws(
      () => parseDockerfile(text, { name: "a.Dockerfile" }),
      (error) => {
        assert.ok(error instanceof DockerfileError);
        assert.equal(error.code, "ERR_GANTRY_DOCKERFILE_INVALID");
        const [first, second] = error.message.split("\n");
        assert.equal(first, `dockerfile parse error on line ${line}: ${problem}`);
        if (text !== "\ufeff") assert.equal(second, `a.Dockerfile:${line}`);
        return true;
      },
    );
  });
}

test("an empty text is refused by the file's name, and a line of just 65,535 bytes is not", () => {
  assert.throws(() => parseDockerfile("", { name: "x/Dockerfile" }), {
    code: "ERR_GANTRY_DOCKERFILE_INVALID",
    message: "x/Dockerfile: the Dockerfile cannot be empty",
  });
  assert.throws(() => parseDockerfile(new Uint8Array()), { message: /cannot be empty/ });
  assert.equal(parseDockerfile(`FROM ${long}\n`).statements[0]!.rest, long);
});

test("a heredoc without end has all lines to the file's end marked", () => {
  assert.throws(() => parseDockerfile("FROM a\nCOPY <<A /\nb\nc\n"), {
    place: {
      file: { name: "Dockerfile", lines: ["FROM a", "COPY <<A /", "b", "c", ""] },
      ranges: [{ start: 2, end: 4 }],
    },
  });
});
