import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DockerfileError } from "../../../src/frontends/dockerfile/source.js";
import { build } from "../../../src/index.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { writeContext } from "./cases/context.js";

/** A Dockerfile (`FROM scratch` before it unless it has one of its own), the line that is wrong, and BuildKit's words. */
type Row = readonly [dockerfile: string, line: number, problem: string];

/** What is found out while it is read. */
const parseErrors: readonly Row[] = [
  ["FROM", 1, "FROM requires either one or three arguments"],
  ["FROM a b", 1, "FROM requires either one or three arguments"],
  ["FROM a as b c", 1, "FROM requires either one or three arguments"],
  ["FROM a to b", 1, "FROM requires either one or three arguments"],
  [
    "FROM scratch AS 1x",
    1,
    'invalid name for build stage: "1x", name can\'t start with a number or contain symbols',
  ],
  [
    "FROM scratch AS a/b",
    1,
    'invalid name for build stage: "a/b", name can\'t start with a number or contain symbols',
  ],
  ["FROM --foo=1 scratch", 1, "unknown flag: --foo"],
  ["FROM --platform scratch", 1, "missing a value on flag: --platform"],
  ["FROM --platform=$X scratch", 1, "empty platform value from expression $X"],
  ["FROM $X", 1, "base name ($X) should not be blank"],
  ["ARG X=\nFROM ${X}", 2, "base name (${X}) should not be blank"],
  ["FROM ${", 1, "failed to process \"${\": syntax error: missing '}'"],
  ["FROM ${X", 1, 'failed to process "${X": unsupported modifier (�) in substitution'],
  ["FROM ${X:?gone}", 1, 'failed to process "${X:?gone}": X: gone'],
  [
    "COPY a",
    2,
    "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
  ],
  [
    "COPY",
    2,
    "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
  ],
  [
    "ADD a",
    2,
    "ADD requires at least two arguments, but only one was provided. Destination could not be determined",
  ],
  [
    'COPY ["a"]',
    2,
    "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
  ],
  [
    "COPY --from=$X a b",
    2,
    "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
  ],
  ["COPY --from=5 a b", 2, "invalid stage index 5"],
  ["COPY --from=-1 a b", 2, "invalid stage index -1"],
  ["FROM scratch AS x\nCOPY --from=x a b", 2, "circular dependency detected on stage: x"],
  [
    "FROM scratch AS x\nCOPY --from=y a b\nFROM scratch AS y\nFROM x",
    2,
    'cannot copy from stage "y", it needs to be defined before current stage "x"',
  ],
  ["FROM scratch AS x\nCOPY --from=0 a b", 2, "circular dependency detected on stage: x"],
  ["COPY --chown a b", 2, "missing a value on flag: --chown"],
  ["COPY --link=x a b", 2, "expecting boolean value for flag --link, not: x"],
  ["COPY --link= a b", 2, "missing a value on flag: --link"],
  ["COPY --chown=1 --chown=2 a b", 2, "duplicate flag specified: --chown"],
  ["COPY a <<E\nx\nE", 2, "COPY cannot accept a heredoc as a destination"],
  ["COPY <<E a\nx", 2, "unterminated heredoc"],
  ["COPY --checksum=x a b", 2, "unknown flag: --checksum"],
  ["ADD --keep-git-dir=maybe a b", 2, "expecting boolean value for flag --keep-git-dir, not: maybe"],
  ["ENV", 2, "ENV requires at least one argument"],
  ["ENV A", 2, "ENV must have two arguments"],
  ["ENV A=1 B", 2, 'Syntax error - can\'t find = in "B". Must be of the form: name=value'],
  ["ENV =1", 2, "ENV names can not be blank"],
  ["LABEL", 2, "LABEL requires at least one argument"],
  ["LABEL a", 2, "LABEL must have two arguments"],
  ["LABEL a=1 b", 2, 'Syntax error - can\'t find = in "b". Must be of the form: name=value'],
  ["LABEL =b", 2, "LABEL names can not be blank"],
  ["ENV A=${B:?no B}", 2, 'Syntax error - can\'t find = in "B}". Must be of the form: name=value'],
  ["ENV --foo A=1", 2, "unknown flag: --foo"],
  ["ARG", 2, "ARG requires at least one argument"],
  ["ARG =x", 2, "ARG names can not be blank"],
  ["ARG =1\nFROM scratch", 1, "ARG names can not be blank"],
  ["ARG A=${B?x}\nFROM scratch", 1, 'failed to process "${B?x}": B: x'],
  ["WORKDIR", 2, "WORKDIR requires exactly one argument"],
  ["WORKDIR --x /a", 2, "unknown flag: --x"],
  ["USER", 2, "USER requires exactly one argument"],
  ["USER --x a", 2, "unknown flag: --x"],
  ["STOPSIGNAL", 2, "STOPSIGNAL requires exactly one argument"],
  ["MAINTAINER", 2, "MAINTAINER requires exactly one argument"],
  ["EXPOSE", 2, "EXPOSE requires at least one argument"],
  ["VOLUME", 2, "VOLUME requires at least one argument"],
  ["VOLUME []", 2, "VOLUME requires at least one argument"],
  ['VOLUME [""]', 2, "VOLUME specified can not be an empty string"],
  ["SHELL", 2, "SHELL requires at least one argument"],
  ["SHELL []", 2, "SHELL requires at least one argument"],
  ['SHELL ["a", 1]', 2, "when using JSON array syntax, arrays must be comprised of strings only"],
  ["ONBUILD", 2, "ONBUILD requires at least one argument"],
  ["ONBUILD ONBUILD CMD x", 2, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ["ONBUILD FROM x", 2, "FROM isn't allowed as an ONBUILD trigger"],
  ["ONBUILD MAINTAINER x", 2, "MAINTAINER isn't allowed as an ONBUILD trigger"],
  ["FROM scratch AS a\nONBUILD ENV\nFROM a", 3, "ENV requires at least one argument"],
  ["FROM scratch AS a\nONBUILD WORKDIR\nFROM a", 3, "WORKDIR requires exactly one argument"],
  ["FROM scratch AS a\nONBUILD COPY --from=9 / /\nFROM a", 3, "invalid stage index 9"],
  [
    "FROM scratch AS a\nONBUILD COPY --from=z / /\nFROM a AS b\nFROM scratch AS z\nFROM b",
    3,
    'cannot copy from stage "z", it needs to be defined before current stage "b"',
  ],
  ["CMD --x a", 2, "unknown flag: --x"],
  ['CMD ["a", 1]', 2, "when using JSON array syntax, arrays must be comprised of strings only"],
  ["ENTRYPOINT [1]", 2, "when using JSON array syntax, arrays must be comprised of strings only"],
  ["HEALTHCHECK --interval=5x CMD x", 2, 'time: unknown unit "x" in duration "5x"'],
  ["HEALTHCHECK --interval=-1s CMD x", 2, 'Interval "interval" cannot be less than 1ms'],
  ["HEALTHCHECK --interval=. CMD x", 2, 'time: invalid duration "."'],
  ["# escape=x\nFROM scratch", 1, "invalid escape token 'x' does not match ` or \\"],
  ["# escape=`\n# escape=`\nFROM scratch", 2, "only one escape parser directive can be used"],
];

/** What is found out while it is carried out. */
const buildErrors: readonly Row[] = [
  [
    "COPY --chmod=888 a b",
    2,
    "invalid chmod parameter: '888'. it should be octal string and between 0 and 07777",
  ],
  [
    "COPY --chmod=10000 a b",
    2,
    "invalid chmod parameter: '10000'. it should be octal string and between 0 and 07777",
  ],
  ["COPY nope /x", 2, 'failed to calculate checksum: "/nope": not found'],
  ["COPY a nope /x/", 2, 'failed to calculate checksum: "/nope": not found'],
  ["COPY --parents nope /x", 2, 'failed to calculate checksum: "/nope": not found'],
  ["COPY --parents d/./nope a /x", 2, 'failed to calculate checksum: "/d/nope": not found'],
  ["COPY --parents --exclude=a a /x", 2, 'failed to calculate checksum: "/a": not found'],
  ["COPY --parents . /x", 2, 'failed to calculate checksum: "/": not found'],
  ["COPY --parents nope/*/./a /x", 2, "lstat /nope: no such file or directory"],
  [
    "FROM scratch AS s\nCOPY d /d\nFROM scratch\nCOPY --from=s --parents d/z /x",
    4,
    'failed to calculate checksum: "/d/z": not found',
  ],
  [
    "COPY --link --chown=app a /x",
    2,
    "--chown=app: user and group names can't be resolved when used with --link, use numeric uid[:gid] instead",
  ],
  ["COPY https://x.y/z /x", 2, "source can't be a URL for COPY"],
  ["COPY git@github.com:a/b.git /x", 2, "source can't be a git ref for COPY"],
  ["COPY https://x.y/z.git /x", 2, "source can't be a git ref for COPY"],
  ["ADD --checksum=sha256:0 a b", 2, "checksum requires HTTP(S) or Git sources"],
  ["ADD --checksum=sha256:0 a a b/", 2, "checksum can't be specified for multiple sources"],
  ["ENV A=${B?}", 2, 'failed to process "${B?}": B: is not allowed to be unset'],
  ["ENV B=\nENV A=${B:?}", 3, 'failed to process "${B:?}": B: is not allowed to be empty'],
  ["ENV A=${}", 2, 'failed to process "${}": syntax error: bad substitution'],
  ["ENV A=${B:#x}", 2, 'failed to process "${B:#x}": unsupported modifier (:#) in substitution'],
  [
    "ENV A='x",
    2,
    'failed to process "\'x": unexpected end of statement while looking for matching single-quote',
  ],
  [
    'ENV A="x',
    2,
    'failed to process "\\"x": unexpected end of statement while looking for matching double-quote',
  ],
  ["ENV A=${B", 2, 'failed to process "${B": unsupported modifier (�) in substitution'],
  ["ENV A=${B!x}", 2, 'failed to process "${B!x}": unsupported modifier (!) in substitution'],
  ["ENV A=${B:x}", 2, 'failed to process "${B:x}": unsupported modifier (:x) in substitution'],
  ["ENV A=${B/x}", 2, "failed to process \"${B/x}\": syntax error: missing '/' in ${}"],
  ["ARG A=${B:?no}", 2, 'failed to process "${B:?no}": B: no'],
  ["VOLUME $X", 2, "VOLUME specified can not be an empty string"],
  ["WORKDIR ${X:?none}", 2, 'failed to process "${X:?none}": X: none'],
  ["COPY a /a\nCOPY d /a", 3, "cannot copy to non-directory: /a"],
  ["COPY d /x/a\nCOPY a /x/", 3, "cannot replace to directory /x/a with file"],
  ["COPY a /x/s\nCOPY d /x/", 3, "cannot copy to non-directory: /x/s"],
];

/** What says more than BuildKit does: where it ends, ours goes on. */
const longer: readonly Row[] = [
  ["FOO x", 2, "unknown instruction: FOO"],
  ["SHELL bash", 2, "SHELL requires the arguments to be in JSON form"],
  ["COPY --form=x a b", 2, "unknown flag: --form"],
  ["STOPSIGNAL SIGFOO", 2, "invalid signal: SIGFOO"],
  ["STOPSIGNAL 0", 2, "invalid signal: 0"],
  ["COPY --chmod=u a b", 2, "invalid chmod parameter: 'u'"],
  ["FROM --platform=a/b/c/d scratch", 1, "failed to parse platform a/b/c/d"],
  ["FROM scratch AS a\nONBUILD FOO x\nFROM a", 3, "unknown instruction: FOO"],
];

for (const [rows, title] of [
  [parseErrors, (line: number) => `dockerfile parse error on line ${line}: `],
  [buildErrors, (line: number) => `Dockerfile, line ${line}: `],
] as const) {
  for (const [body, line, problem] of rows) {
    test(`${JSON.stringify(body)} fails as with BuildKit`, async (t) => {
      const error = await failureOf(t, body);
      const [first = ""] = error.message.split("\n", 1);
      // What it comes to may be told behind BuildKit's words.
      const rest = first.slice((title(line) + problem).length);
      assert.equal(first, title(line) + problem + rest);
      assert.match(rest, /^$|^[:;] | in (?:the context|stage) | \(/);
      assert.deepEqual([error.code, error.place.ranges[0]?.start], ["ERR_GANTRY_DOCKERFILE_INVALID", line]);
    });
  }
}

for (const [body, line, problem] of longer) {
  test(`${JSON.stringify(body)} fails with more words than BuildKit's`, async (t) => {
    const error = await failureOf(t, body);
    const [first = ""] = error.message.split("\n", 1);
    assert.ok(first.includes(`line ${line}: ${problem}`), first);
    assert.equal(error.code, "ERR_GANTRY_DOCKERFILE_INVALID");
  });
}

for (const [text, message] of [
  ["", "Dockerfile: the Dockerfile cannot be empty"],
  ["# only\n", /^dockerfile parse error on line 1: file with no instructions\n/],
  ["ARG A=1\n", "dockerfile contains no stages to build: Dockerfile has no FROM"],
  ["ENV A=1\n", /^no build stage in current context: .*\nDockerfile:1\n/],
] as const) {
  test(`${JSON.stringify(text)} is no Dockerfile`, async (t) => {
    await assert.rejects(buildOf(t, text), { code: "ERR_GANTRY_DOCKERFILE_INVALID", message });
  });
}

test("what is not there yet is refused as such", async (t) => {
  for (const body of ["RUN x"]) {
    await assert.rejects(buildOf(t, `FROM scratch\n${body}\n`), { code: "ERR_GANTRY_UNSUPPORTED" }, body);
  }
});

async function failureOf(t: Parameters<typeof scratchFolder>[0], body: string): Promise<DockerfileError> {
  const dockerfile = /^(FROM|ARG|#)/m.test(body) && /FROM/.test(body) ? body : `FROM scratch\n${body}`;
  const failure = await buildOf(t, `${dockerfile}\n`).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof DockerfileError, String(failure));
  return failure;
}

async function buildOf(t: Parameters<typeof scratchFolder>[0], dockerfile: string): Promise<unknown> {
  const folder = await scratchFolder(t);
  const [context, layout] = [join(folder, "context"), join(folder, "layout")];
  mkdirSync(context);
  writeContext(context, { name: "error", dockerfile, files: { a: "a", b: "b", "d/s/x": "x" } });
  return build(
    { name: "case", dockerfile: "Dockerfile", platforms: ["linux/amd64"] },
    { context, cacheDir: join(folder, "cache"), outputs: [{ type: "oci", dest: layout }] },
  );
}
