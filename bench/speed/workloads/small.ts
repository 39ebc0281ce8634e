import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDist } from "./dist.js";
import { mixedBytes } from "./mixed-bytes.js";
import type { Workload } from "./workload.js";

/** A folder `base`, which makes a base of one layer, and `dist`, which goes on top. */
export const small: Workload = {
  name: "small",
  definition: "small 1: a base of 1 MB",
  make: (folder) => {
    mkdirSync(join(folder, "base"));
    writeFileSync(join(folder, "base", "library.so"), Buffer.concat([...mixedBytes(1, 1_000_000)]));
    writeDist(folder);
  },
};
