import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../src", import.meta.url));

/** As docs/architecture.md has them. */
const ranks: Readonly<Record<string, number>> = {
  ...{ "errors.ts": 0, "concurrency.ts": 0, "system.ts": 0, "find-program.ts": 1, model: 1 },
  ...{ tar: 2, codec: 2, http: 2, blobs: 2, plan: 3, cache: 3, context: 4, places: 4, server: 4 },
  ...{ layer: 5, remote: 5, frontends: 6, build: 7, verbs: 8, "index.ts": 9, "registry.ts": 9, cli: 10 },
};

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file: normalize(file), text: readFileSync(join(root, file), "utf8") }));

/** Every path a file names in an import or export, static, of types, or at run time. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) =>
    path!.replace(/\.js$/, ".ts"),
  );
}

/** The folder or root file that a path belongs to. */
function partOf(file: string): string {
  return file.split(/[\\/]/)[0]!;
}

test("a file imports only from a lower rank or its own folder", () => {
  const wrong: string[] = [];
  for (const { file, text } of files) {
    for (const path of importsOf(text)) {
      const target = relative(root, join(root, dirname(file), path));
      const [from, to] = [partOf(file), partOf(target)];
      if (from !== to && !(ranks[to]! < ranks[from]!)) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every folder and root file has a rank", () => {
  assert.deepEqual(
    [...new Set(files.map(({ file }) => partOf(file)))].filter((part) => ranks[part] === undefined),
    [],
  );
});

test("the command line imports nothing of the library but its public API", () => {
  const wrong = files
    .filter(({ file }) => partOf(file) === "cli")
    .flatMap(({ file, text }) =>
      importsOf(text)
        .map((path) => relative(root, join(root, dirname(file), path)))
        .filter((target) => partOf(target) !== "cli" && target !== "index.ts")
        .map((target) => `${file} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test("files are short enough to be read", () => {
  const long = files.filter(({ text }) => text.split("\n").length > 301).map(({ file }) => file);
  assert.deepEqual(long, []);
});

test("only system.ts and the command line know the terminal and the operating system", () => {
  const hidden = /process\.(?:stdin|stdout|stderr|platform)\b|\bconsole\./;
  const wrong = files
    .filter(({ file, text }) => file !== "system.ts" && !file.startsWith("cli/") && hidden.test(text))
    .map(({ file }) => file);
  assert.deepEqual(wrong, []);
});

test("only system.ts and the command line's entry touch the clock, chance and environment", () => {
  const hidden =
    /process\.env\b|Date\.now\(|Math\.random\(|performance\.now\(|homedir\(|tmpdir\(|process\.cwd\(|new Date\(\)/;
  const wrong = files
    .filter(
      ({ file, text }) => file !== "system.ts" && hidden.test(text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "")),
    )
    .map(({ file }) => file);
  assert.deepEqual(wrong, []);
});
