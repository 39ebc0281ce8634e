import { spawnSync } from "node:child_process";

/** Programs that contenders are made of. */
export type Tool = keyof typeof probes;

/** What tells that a program is here and can work, and prints its version. */
const probes = {
  crane: ["crane", "version"],
  buildah: ["buildah", "--version"],
  skopeo: ["skopeo", "--version"],
  // A client without its daemon cannot take part.
  buildctl: ["bash", "-ec", "buildctl debug workers >/dev/null; buildctl --version"],
  "docker buildx": [
    "bash",
    "-ec",
    "docker version --format '{{.Server.Version}}' >/dev/null; docker buildx version",
  ],
  tar: ["bash", "-ec", "tar --version | head -n 1"],
  "docker-registry": ["docker-registry", "--version"],
} as const;

/** Versions of the programs that are here, by name. */
export type Tools = ReadonlyMap<Tool, string>;

/** Asks each program for its version; those that do not answer are left out. */
export function findTools(): Tools {
  const found = new Map<Tool, string>();
  for (const [name, [program, ...args]] of Object.entries(probes)) {
    const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 20_000 });
    if (status === 0) found.set(name as Tool, stdout.trim());
  }
  return found;
}

/** All that are looked for. */
export const toolNames: readonly Tool[] = Object.keys(probes) as Tool[];
