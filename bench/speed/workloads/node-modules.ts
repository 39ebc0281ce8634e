import { copyFileSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "../measure.js";
import { root } from "../paths.js";
import { writeDist } from "./dist.js";
import type { Workload } from "./workload.js";

const source = join(root, "bench", "speed", "node_modules-workload");
const lockFile = readFileSync(join(source, "package-lock.json"), "utf8");
const [leastFiles, leastBytes] = [35_000, 500e6];

/** A folder `node_modules` as a lock file pins it, and beside it `dist`. */
export const nodeModules: Workload = {
  name: "node_modules",
  definition: `node_modules 1: ${lockFile}`,
  make: async (folder) => {
    for (const name of ["package.json", "package-lock.json", ".npmrc"])
      copyFileSync(join(source, name), join(folder, name));
    const flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"];
    await run({ argv: ["npm", "ci", "--prefix", folder, ...flags] });
    checkSize(join(folder, "node_modules"));
    writeDist(folder);
  },
};

/** A lock file that gives less than the targets speak of would make them easy. */
function checkSize(folder: string): void {
  let [files, bytes] = [0, 0];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files++;
    bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  if (files < leastFiles || bytes < leastBytes)
    throw new Error(`node_modules has ${files} files of ${bytes} bytes: the lock file gives too little`);
}
