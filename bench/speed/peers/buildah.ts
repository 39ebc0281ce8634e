import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageName } from "../gantry.js";
import { bash } from "../measure.js";
import type { Contender } from "../contest.js";

/** From nothing, copy, commit to the registry: with a storage of the run's own, so that it is cold, on any file system. */
export function buildah(parent: string, folder: string, stamp?: () => void): Contender {
  const storage = '--storage-driver vfs --root "$1/root" --runroot "$1/run"';
  const policy = '--signature-policy "$1/policy.json"';
  const line = [
    `container=$(buildah ${storage} from scratch)`,
    `buildah ${storage} copy -q "$container" "$2" "/$3"`,
    `buildah ${storage} commit -q ${policy} --tls-verify=false "$container" "docker://$4"`,
  ].join("\n");
  return {
    name: "buildah",
    needs: "buildah",
    prepare: ({ folder: own }) => {
      writeFileSync(join(own, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}\n');
      stamp?.();
    },
    command: (run) => ({
      argv: bash(line, run.folder, join(parent, folder), folder, imageName(run)),
      env: { BUILDAH_ISOLATION: "chroot" },
    }),
  };
}
