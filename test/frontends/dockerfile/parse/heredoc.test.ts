import assert from "node:assert/strict";
import { test } from "node:test";
import { chompHeredoc, parseHeredocWord } from "../../../../src/frontends/dockerfile/parse/heredoc.js";
import { parseDockerfile } from "../../../../src/frontends/dockerfile/parse/parse.js";

/** A word, and its name with what is special about it; undefined where it begins no heredoc. */
const words: readonly (readonly [word: string, expected: string | undefined])[] = [
  ["<<EOF", "EOF expanded"],
  ["<<-EOF", "EOF expanded chomped"],
  ["<< EOF", "EOF expanded"],
  ["<<- \tEOF", "EOF expanded chomped"],
  ["<< -EOF", "-EOF expanded"],
  ["3<<EOF", "EOF expanded"],
  ["<<'EOF'", "EOF"],
  ['<<"EOF"', "EOF"],
  ['<<-"EOF"', "EOF chomped"],
  ["<<E'O'F", "EOF"],
  ["<<'one two'", "one two"],
  ["<<one\\ two", "one two expanded"],
  ["<<eo\\'f", "eo'f expanded"],
  ["<<'e'o\\'f", "eo'f"],
  ['<<"a\\"b\\c\\$"', 'a"b\\c$'],
  ["<<$EOF", "$EOF expanded"],
  ["<<${EOF}", "${EOF} expanded"],
  ['<<"$E"', "$E"],
  ["<<${a:-b}", "${a:-b} expanded"],
  ["<<x${a:-b}", "${a:-b} expanded"],
  ["<<${a/b/c}", "${a/b/c} expanded"],
  ["<<${a//b/c}", "${a/b/c} expanded"],
  ["<<file.txt", "file.txt expanded"],
  ["<<\ufeffEOF", "EOF expanded"],
  ["<<a\\", "a expanded"],
  ["", undefined],
  ["EOF", undefined],
  ["<<", undefined],
  ["<<-", undefined],
  ["<EOF", undefined],
  ["<<<EOF", undefined],
  ["<<A<<B", undefined],
  ["x<<EOF", undefined],
  ["<<EOF sh", undefined],
  ["<<''", undefined],
];

for (const [word, expected] of words) {
  test(`the word ${word} begins ${expected === undefined ? "no heredoc" : `the heredoc ${expected}`}`, () => {
    const read = parseHeredocWord(word);
    const shown = read && [read.name, read.expand && "expanded", read.chomp && "chomped"];
    assert.equal(shown?.filter(Boolean).join(" "), expected);
  });
}

const broken: readonly (readonly [word: string, problem: string])[] = [
  ["<<'EOF", "unexpected end of statement while looking for matching single-quote"],
  ['<<"EOF', "unexpected end of statement while looking for matching double-quote"],
  ['<<EOF"\\', "unexpected end of statement while looking for matching double-quote"],
  ["<<${", "syntax error: missing '}'"],
  ["<<${a:-b", "syntax error: missing '}'"],
  ["<<${a/b", "syntax error: missing '/' in ${}"],
  ["<<${a/b/c", "syntax error: missing '}'"],
  ["<<${}", "syntax error: bad substitution"],
  ["<<${:a}", "syntax error: bad substitution"],
  ["<<${a:#b}", "unsupported modifier (:#) in substitution"],
  ["<<${a@}", "unsupported modifier (@) in substitution"],
];

for (const [word, problem] of broken) {
  test(`the word ${word} is an error`, () => {
    assert.throws(() => parseHeredocWord(word), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: `failed to process ${JSON.stringify(word.slice(2))}: ${problem}`,
    });
  });
}

/** Heredocs as "name=content", with `!` where nothing is expanded and `-` where it is chomped. */
function heredocs(text: string): string[] {
  return parseDockerfile(text).statements.flatMap((statement) =>
    statement.heredocs.map(
      ({ name, expand, chomp, content }) => `${expand ? "" : "!"}${chomp ? "-" : ""}${name}=${content}`,
    ),
  );
}

const texts: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  ["COPY has them", "COPY <<A /x\nb\n c\nA\n", ["A=b\n c\n"]],
  ["ADD and RUN have them, in any case", "add <<A /x\nb\nA\nRun <<B\nc\nB\n", ["A=b\n", "B=c\n"]],
  ["others have none", "USER <<A\nCMD <<A\nENV a=<<A\nWORKDIR <<A\nLABEL a <<A\n", []],
  ["several are read in the words' order", "COPY <<A <<B /x\n1\nA\n2\nB\n", ["A=1\n", "B=2\n"]],
  ["each ends only at its own name", "COPY <<A <<B /x\nB\nA\nA\nB\n", ["A=B\n", "B=A\n"]],
  ["two may have one name", "COPY <<A <<A /x\n1\nA\n2\nA\n", ["A=1\n", "A=2\n"]],
  ["an empty one has no content", "COPY <<A /x\nA\n", ["A="]],
  ["what is in it is verbatim", "COPY <<A /x\n# a\n\n\tb \\\n\tA\nA \nA\n", ["A=# a\n\n\tb \\\n\tA\nA \n"]],
  ["carriage returns stay in it and do not matter at its end", "COPY <<A /x\r\nb\r\nA\r\r\n", ["A=b\r\n"]],
  ["the file may end at its name", "COPY <<A /x\nb\nA", ["A=b\n"]],
  [
    "- lets tabs precede its name and tells of those in it",
    "COPY <<-A /x\n\tb\n A\n\t\tA\n",
    ["-A=\tb\n A\n"],
  ],
  ["quotes forbid expansion", `COPY <<'A' <<"B" <<C'' /x\nA\nB\nC\n`, ["!A=", "!B=", "!C="]],
  ["its name may stand apart", "RUN <<  A  > b\nA\n", ["A="]],
  ["flags may precede", "COPY --chown=a --from=b <<A /x\nA\n", ["A="]],
  ["a flag counts as a word", "COPY --a <<A\nA\n", ["A="]],
  ["quoted words are none", `RUN "<<A" '<<B'\n`, []],
  ["escaped ones are none", "RUN \\<<A\n", []],
  ["a word within another is none", "RUN a<<A\n", []],
  ["JSON has none", `COPY ["<<A", "/x"]\nRUN ["<<A"]\n`, []],
  ["broken JSON has them", "RUN ['a'] <<A\nb\nA\n", ["A=b\n"]],
  ["a line with an open quote has none", "RUN echo it's <<A\nUSER b\n", []],
  ["a line with an open brace has none", "RUN ${a <<A\nUSER b\n", []],
  ["one that comes over a joined line begins after it", "COPY <<A \\\n# x\n\n /x\nb\nA\n", ["A=b\n"]],
  ["the backslash escapes whatever the directive says", "# escape=`\nCOPY <<a\\ b /x\n1\na b\n", ["a b=1\n"]],
  ["a grave accent never does", "# escape=`\nRUN `'<<A\nUSER b\n", []],
  ["what precedes an operator's variable in its word is lost", "RUN <<A${b:-c}\nUSER d\n", []],
  ["a plain variable is part of the name", "RUN <<$A <<${B}\n$A\n${B}\n", ["$A=", "${B}="]],
  ["ONBUILD has those of what it holds", "ONBUILD COPY <<A /x\nb\nA\n", ["A=b\n"]],
  ["ONBUILD's flags do not matter", "onbuild --a run <<A\nb\nA\n", ["A=b\n"]],
  ["ONBUILD of JSON has none", `ONBUILD RUN ["<<A"]\n`, []],
  ["ONBUILD of another has none", "ONBUILD USER <<A\nONBUILD ONBUILD COPY <<A /x\nONBUILD\n", []],
];

for (const [name, text, expected] of texts) {
  test(`heredocs: ${name}`, () => {
    assert.deepEqual(heredocs(text), expected);
  });
}

test("a statement reaches to the end of its last heredoc, and the next begins after it", () => {
  const { statements } = parseDockerfile("FROM a\nCOPY <<A <<B \\\n/x\n1\nA\nB\nUSER b\n");
  assert.deepEqual(
    statements.map(({ range }) => [range.start, range.end]),
    [
      [1, 1],
      [2, 6],
      [7, 7],
    ],
  );
  assert.equal(statements[1]!.rest, "<<A <<B /x");
});

test("chomping takes the tabs that lines begin with, and nothing else", () => {
  assert.equal(chompHeredoc("\t\ta\tb\n\t\n \tc\n\r\td\u2028\te\n"), "a\tb\n\n \tc\n\r\td\u2028\te\n");
});
