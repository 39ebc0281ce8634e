import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** The file that holds the compiled module. */
export const moduleFile: string = join(root, "src", "codec", "deflate", "module.ts");

const options = [
  ...["--runtime", "stub", "-O3", "--noAssert"],
  // Pages of 64 KiB: tables, input and output as assembly/layout.ts has them.
  ...["--initialMemory", "70", "--maximumMemory", "70"],
];

/** Compiles src/codec/deflate/assembly to the text of module.ts. */
export function generateModule(): string {
  const folder = mkdtempSync(join(tmpdir(), "gantry-deflate-"));
  try {
    const out = join(folder, "deflate.wasm");
    const compiler = join("node_modules", "assemblyscript", "bin", "asc.js");
    const source = join("src", "codec", "deflate", "assembly", "index.ts");
    execFileSync(process.execPath, [compiler, source, ...options, "--outFile", out], {
      cwd: root,
      stdio: "pipe",
    });
    return formatModule(readFileSync(out).toString("base64"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function formatModule(base64: string): string {
  const lines = base64.match(/.{1,100}/g)!.map((line) => `  "${line}"`);
  return `// Compiled from assembly/ by test/codec/deflate/write-module.ts, and compared with it by a test.

/** The compressor's WebAssembly module, in base64. */
export const moduleBytes: string =
${lines.join(" +\n")};
`;
}
