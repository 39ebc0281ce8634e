import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageName } from "../gantry.js";
import type { Contender, Run } from "../contest.js";

/** BuildKit by its own client, and by docker's: from a Dockerfile that copies one folder, without the daemon's cache. */
export function buildkit(parent: string, folder: string, stamp?: () => void): Contender[] {
  const prepare = (run: Run) => {
    writeFileSync(join(run.folder, "Dockerfile"), `FROM scratch\nCOPY ${folder} /${folder}\n`);
    stamp?.();
  };
  const output = (run: Run) => `type=image,name=${imageName(run)},push=true,registry.insecure=true`;
  return [
    {
      name: "buildctl",
      needs: "buildctl",
      prepare,
      command: (run) => ({
        argv: [
          ...["buildctl", "build", "--no-cache", "--progress", "plain", "--frontend", "dockerfile.v0"],
          ...["--local", `context=${parent}`, "--local", `dockerfile=${run.folder}`],
          ...["--output", output(run)],
        ],
      }),
    },
    {
      name: "docker buildx",
      needs: "docker buildx",
      prepare,
      command: (run) => ({
        argv: [
          ...["docker", "buildx", "build", "--no-cache", "--progress", "plain", "--provenance=false"],
          ...["-f", join(run.folder, "Dockerfile"), "--output", output(run), parent],
        ],
      }),
    },
  ];
}
