import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorCodes } from "../../src/errors.js";

/** docs/errors.md of this repository; the compiled file is three folders down in it. */
export const errorsFile: string = fileURLToPath(new URL("../../../docs/errors.md", import.meta.url));

/** docs/errors.md as src/errors.ts would have it. */
export function formatErrorReference(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { exitStatus, about }]) => `| \`${code}\` | ${exitStatus} | ${about.replaceAll("|", "\\|")} |`,
  );
  return `${head}\n${rows.join("\n")}\n`;
}

const head = `# Errors

Made from src/errors.ts by \`node build/test/support/error-reference.js\`; a test compares the two.

Every function of the library rejects with a \`GantryError\`, whose \`code\` is one of these; codes are added, never renamed. The command line prints the message as one line on stderr, of a Dockerfile with the lines it is about (with \`--progress rawjson\` as JSON, with the code), no stack without \`--debug\`, and ends with the status.

| code | status | when, and what to do |
|---|---|---|`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (readFileSync(errorsFile, { encoding: "utf8", flag: "a+" }) !== formatErrorReference()) {
    writeFileSync(errorsFile, formatErrorReference());
  }
}
