import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workload } from "./workload.js";

const size = 5 * 2 ** 30;

/** A folder `huge` with one sparse file of 5 GiB. */
export const huge: Workload = {
  name: "huge",
  definition: `huge 1: ${size} bytes`,
  make: (folder) => {
    mkdirSync(join(folder, "huge"));
    const file = join(folder, "huge", "disk.img");
    writeFileSync(file, "");
    truncateSync(file, size);
  },
};
