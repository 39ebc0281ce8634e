import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workload } from "./workload.js";

/** Files in each folder that is left out, one of them a log beside each file that is kept. */
const leftOut = { node_modules: 90_000, ".git": 9_900 };
const [kept, inFolder] = [50, 100];

/** A context of 100,000 files, of which a .dockerignore leaves 50. */
export const ignored: Workload = {
  name: "ignored",
  definition: `ignored 1: ${JSON.stringify(leftOut)}, ${kept} kept beside as many logs`,
  make: (folder) => {
    for (const [name, count] of Object.entries(leftOut)) {
      for (let number = 0; number < count; number++) {
        const path = join(folder, name, `folder-${Math.floor(number / inFolder)}`);
        if (number % inFolder === 0) mkdirSync(path, { recursive: true });
        writeFileSync(join(path, `file-${number}.js`), "");
      }
    }
    mkdirSync(join(folder, "src"));
    for (let number = 0; number < kept; number++) {
      writeFileSync(join(folder, "src", `file-${number}.js`), `export const number = ${number};\n`);
      writeFileSync(join(folder, "src", `file-${number}.log`), "");
    }
    writeFileSync(join(folder, ".dockerignore"), "node_modules\n.git\n**/*.log\nDockerfile\n.dockerignore\n");
    writeFileSync(join(folder, "Dockerfile"), 'FROM scratch\nCOPY . /app\nCMD ["/app/run"]\n');
  },
};
