import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf, type BenchContext } from "../bench-context.js";
import { bash } from "../measure.js";
import { nodeModules } from "../workloads/node-modules.js";
import type { Contest } from "../contest.js";

const hashFolder = fileURLToPath(new URL("../children/hash-folder.js", import.meta.url));

/** What has to be done at least where nothing is known: no registry, no compression. */
export async function hashContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  const tar = 'tar --sort=name --owner=0 --group=0 --mtime=@0 -C "$1" -cf - node_modules | sha256sum';
  return {
    name: "hash",
    about: "node_modules walked, made a tar and hashed",
    reference: "tar | sha256sum",
    counted: false,
    contenders: [
      { name: "tar | sha256sum", needs: "tar", command: () => ({ argv: bash(tar, context) }) },
      {
        name: "gantry",
        command: () => ({ argv: [process.execPath, hashFolder, join(context, "node_modules")] }),
      },
    ],
    targets: [{ metric: "seconds", of: "gantry", to: "tar | sha256sum", atMost: 1.1 }],
  };
}
