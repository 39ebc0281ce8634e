import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

/**
 * Runs the compiled tests: `node build/test/run.js [PART OF A FILE NAME…]`. Ends with one line, "N passed, N failed". With
 * GANTRY_REQUIRE_INTEROP=1 a test that was skipped for want of a tool counts as failed, by name.
 */
const wanted = process.argv.slice(2);
const root = fileURLToPath(new URL(".", import.meta.url));
const files = listTests(root).filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
const forbidSkips = process.env.GANTRY_REQUIRE_INTEROP === "1";

let passed = 0;
let failed = 0;
const skipped: string[] = [];

const stream = run({ files, concurrency: 2 });
stream.on("test:pass", (test) => {
  if (test.details.type === "suite" || isFile(test.name)) return;
  if (test.skip === undefined) passed++;
  else skipped.push(`${test.name}${typeof test.skip === "string" ? ` (${test.skip})` : ""}`);
});
stream.on("test:fail", (test) => {
  if (test.details.type !== "suite") failed++;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on("end", () => process.nextTick(report));

function report(): void {
  for (const name of skipped) console.log(`skipped: ${name}`);
  if (forbidSkips) failed += skipped.length;
  const ignored = !forbidSkips && skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  console.log(`${passed} passed, ${failed} failed${ignored}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

/** Before Node 22 each file is reported as a test of its own. */
function isFile(name: string): boolean {
  return name.endsWith(".test.js");
}

function listTests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isDirectory()) return listTests(join(folder, entry.name));
      return entry.name.endsWith(".test.js") ? [join(folder, entry.name)] : [];
    })
    .sort();
}
