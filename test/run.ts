import { readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";

/**
 * Runs the compiled tests: `node build/test/run.js [PART OF A FILE NAME… | -PART THAT IS LEFT OUT…]`. Prints what failed and what was skipped, and
 * ends with one line, "N passed, N failed"; build/test-report.txt then has a line for each test, by name. With GANTRY_REQUIRE_INTEROP=1 a test that was skipped for want of a tool
 * counts as failed, by name.
 */
const parts = process.argv.slice(2);
const wanted = parts.filter((part) => !part.startsWith("-"));
const unwanted = parts.filter((part) => part.startsWith("-")).map((part) => part.slice(1));
const root = fileURLToPath(new URL(".", import.meta.url));
const files = listTests(root).filter(
  (file) =>
    (wanted.length === 0 || wanted.some((part) => file.includes(part))) &&
    !unwanted.some((part) => file.includes(part)),
);
const forbidSkips = process.env.GANTRY_REQUIRE_INTEROP === "1";

let passed = 0;
const lines: string[] = [];
const failed: string[] = [];
const skipped: string[] = [];
/** Skipped because this Node cannot do it, which no tool mends: another Node of the gate runs them. */
const skippedHere: string[] = [];

const stream = run({ files, concurrency: 2 });
stream.on("test:pass", ({ name, details, skip }) => {
  if (details.type === "suite" || isFile(name)) return;
  lines.push(`${skip === undefined ? "ok" : "skipped"}: ${name}`);
  if (skip === undefined) passed++;
  else
    (/needs Node/.test(String(skip)) ? skippedHere : skipped).push(
      `${name}${typeof skip === "string" ? ` (${skip})` : ""}`,
    );
});
stream.on("test:fail", ({ name, file, details }) => {
  if (details.type === "suite") return;
  failed.push(name);
  lines.push(`not ok: ${name}`);
  console.log(
    `not ok: ${name} [${file === undefined ? "" : relative(root, file)}]\n${inspect(details.error.cause ?? details.error)}\n`,
  );
});
stream.on("test:stderr", ({ message }) => process.stderr.write(message));
stream.resume();
process.on("exit", report);

function report(): void {
  writeFileSync(join(root, "..", "test-report.txt"), `${lines.sort().join("\n")}\n`);
  for (const name of skipped) console.log(`${forbidSkips ? "not ok, skipped" : "skipped"}: ${name}`);
  for (const name of skippedHere) console.log(`skipped: ${name}`);
  for (const name of failed) console.log(`not ok: ${name}`);
  const failures = failed.length + (forbidSkips ? skipped.length : 0);
  const ignoredCount = skippedHere.length + (forbidSkips ? 0 : skipped.length);
  const ignored = ignoredCount > 0 ? `, ${ignoredCount} skipped` : "";
  console.log(`${passed} passed, ${failures} failed${ignored}`);
  process.exitCode = failures > 0 || passed === 0 ? 1 : 0;
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
    .sort((a, b) => (a < b ? -1 : 1));
}
