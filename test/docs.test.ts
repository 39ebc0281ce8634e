import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { loadSettings, type RegistriesSettings } from "../src/places/registry/settings.js";
import { nodeSystem } from "../src/system.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Case numbers ("D63", "S4") that stand in the titles of tests. */
function tested(): Set<string> {
  const files = (readdirSync(join(root, "test"), { recursive: true }) as string[]).filter((path) =>
    path.endsWith(".test.ts"),
  );
  // A title begins with its numbers: "B19 B20 names keep their bytes".
  const titles = files.flatMap((path) =>
    [...readFileSync(join(root, "test", path), "utf8").matchAll(/["`]((?:[A-HS]\d{1,3} )+)/g)].map(
      ([, numbers]) => numbers!,
    ),
  );
  return new Set(titles.flatMap((numbers) => numbers.trim().split(" ")));
}

test("every case that docs/security.md names is a test's", () => {
  const page = readFileSync(join(root, "docs", "security.md"), "utf8");
  const named = [...page.matchAll(/`([A-HS]\d{1,3})`/g)].map(([, number]) => number!);
  assert.ok(named.length > 30);
  const titles = tested();
  assert.deepEqual(
    named.filter((number) => !titles.has(number)),
    [],
  );
});

test("every case of registries, credentials, caches, signals and the server is a test's or excused in docs/reliability.md", () => {
  const page = readFileSync(join(root, "docs", "reliability.md"), "utf8");
  const excused = new Set([...page.matchAll(/^- \*\*([A-H]\d{1,3})\*\*/gm)].map(([, number]) => number!));
  const titles = tested();
  const cases = [
    ...range("A", 1, 18),
    ...range("D", 53, 83),
    ...range("E", 84, 94),
    ...range("F", 95, 102),
    ...range("G", 103, 108),
    ...range("H", 109, 118),
  ];
  assert.deepEqual(
    cases.filter((number) => !titles.has(number) && !excused.has(number)),
    [],
  );
});

test("the settings that docs/registries.md shows are settings", async () => {
  const page = readFileSync(join(root, "docs", "registries.md"), "utf8");
  const [, text] = /```yaml\n(.*?)```/s.exec(page)!;
  const { registries } = parse(text!) as { registries: RegistriesSettings };
  const loaded = await loadSettings(registries, nodeSystem());
  assert.deepEqual(Object.keys(loaded), ["docker.io", "registry.example:5000", "build-cache.example"]);
  assert.equal(loaded["registry.example:5000"]!.chunk, 16 * 1024 * 1024);
});

function range(letter: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${letter}${from + at}`);
}
