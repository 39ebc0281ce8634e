import { imageName } from "../gantry.js";
import type { Contender } from "../contest.js";

/** Who else copies an image from one registry to another. */
export function copiers(source: string): Contender[] {
  return [
    {
      name: "crane",
      needs: "crane",
      command: (run) => ({ argv: ["crane", "copy", "--insecure", source, imageName(run)] }),
    },
    {
      name: "skopeo",
      needs: "skopeo",
      command: (run) => ({
        argv: [
          ...["skopeo", "--insecure-policy", "copy", "-q", "--all", "--src-tls-verify=false"],
          ...["--dest-tls-verify=false", `docker://${source}`, `docker://${imageName(run)}`],
        ],
      }),
    },
  ];
}
