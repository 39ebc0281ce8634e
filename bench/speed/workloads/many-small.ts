import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDist } from "./dist.js";
import { mixedBytes } from "./mixed-bytes.js";
import type { Workload } from "./workload.js";

const [folders, filesOfEach, size] = [1000, 100, 1024];

/** A folder `many` with 100,000 files of 1 KiB, 100 to a folder, and beside it `dist`. */
export const manySmall: Workload = {
  name: "many-small",
  definition: `many-small 1: ${folders} folders of ${filesOfEach} files of ${size} bytes`,
  make: (folder) => {
    for (let number = 0; number < folders; number++) {
      const path = join(folder, "many", `folder-${number}`);
      mkdirSync(path, { recursive: true });
      writeFiles(path, Buffer.concat([...mixedBytes(number, filesOfEach * size)]));
    }
    writeDist(folder);
  },
};

function writeFiles(path: string, bytes: Buffer): void {
  for (let file = 0; file < filesOfEach; file++)
    writeFileSync(join(path, `file-${file}.bin`), bytes.subarray(file * size, (file + 1) * size));
}
