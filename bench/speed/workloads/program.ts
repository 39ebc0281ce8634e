import { randomUUID } from "node:crypto";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeDist } from "./dist.js";
import { mixedBytes } from "./mixed-bytes.js";
import type { Workload } from "./workload.js";

const size = 100_000_000;

/** A folder `program` with one executable of 100 MB and a stamp, and beside it `dist`. */
export const program: Workload = {
  name: "program",
  definition: `program 2: seed 1, ${size} bytes`,
  make: async (folder) => {
    mkdirSync(join(folder, "program"));
    const file = createWriteStream(join(folder, "program", "server"), { mode: 0o755 });
    await pipeline(Readable.from(mixedBytes(1, size)), file);
    writeStamp(folder);
    writeDist(folder);
  },
};

/** Makes the program's layer a new one, so that no daemon's cache knows it. */
export function writeStamp(folder: string): void {
  writeFileSync(join(folder, "program", "stamp"), `${randomUUID()}\n`);
}
