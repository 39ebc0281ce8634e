import assert from "node:assert/strict";
import { test } from "node:test";
import { splitCommand } from "../../../../src/frontends/dockerfile/parse/split-command.js";

/** A line, and its keyword, flags and rest with a `|` between them. */
const lines: readonly (readonly [name: string, line: string, expected: string])[] = [
  ["the keyword ends at ASCII blanks", "COPY\t\v\f\r a  b ", "COPY|a  b"],
  ["other blanks do not end it", "COPY\u00a0a b", "COPY\u00a0a|b"],
  ["blanks around mean nothing", " \u2003COPY a\u00a0", "COPY|a"],
  ["a keyword may stand alone", "COPY", "COPY|"],
  ["nothing is a keyword of no characters", "", "|"],
  ["words with -- are flags", "COPY --a --b=c d e", "COPY|--a|--b=c|d e"],
  ["the first other word ends them", "COPY --a b --c", "COPY|--a|b --c"],
  ["one dash is none", "RUN -a --b", "RUN|-a --b"],
  ["a bare -- ends them", "COPY --a -- --b c", "COPY|--a|--b c"],
  ["also at the end", "COPY --a --", "COPY|--a|"],
  ["and when it is quoted", "COPY --'' --b c", "COPY|--b c"],
  ["there may be nothing but flags", "COPY --a --b", "COPY|--a|--b|"],
  ["quotes are removed and group", `COPY --a="b c" --d='e f'g h`, "COPY|--a=b c|--d=e fg|h"],
  ["quotes of the other kind are kept", `COPY --a="it's" --b='"' c`, `COPY|--a=it's|--b="|c`],
  ["quotes may be empty", `COPY --a="" --b='' c`, "COPY|--a=|--b=|c"],
  ["escapes are removed", 'COPY --a=b\\ c\\"\\\\ d', 'COPY|--a=b c"\\|d'],
  ["also in single quotes", "COPY --a='b\\'c\\d' e", "COPY|--a=b'cd|e"],
  ["an escape at the end is dropped", "COPY --a\\", "COPY|--a|"],
  ["also in quotes, which need not end", "COPY --a='b c\\", "COPY|--a=b c|"],
  ["quotes and escapes of the rest stay", `RUN --a 'b' "c" d\\ e`, `RUN|--a|'b' "c" d\\ e`],
  ["any white space parts flags", "COPY --a\u00a0b", "COPY|--a\u00c2|b"],
  ["letters beyond ASCII come out byte by byte", "COPY --a=é é", "COPY|--a=\u00c3\u00a9|é"],
  ["and may be cut", "COPY --a=à b", "COPY|--a=\u00c3|b"],
  ["the rest is not touched by that", "COPY --a à\u{1f600} ü", "COPY|--a|à\u{1f600} ü"],
];

for (const [name, line, expected] of lines) {
  test(`a command: ${name}`, () => {
    const { keyword, flags, rest } = splitCommand(line, "\\");
    assert.equal([keyword, ...flags, rest].join("|"), expected);
  });
}

test("a grave accent escapes in the backslash's stead", () => {
  assert.deepEqual(splitCommand("COPY --a=b` c\\d e", "`").flags, ["--a=b c\\d"]);
});
