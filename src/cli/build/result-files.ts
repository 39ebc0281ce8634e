import { rm } from "node:fs/promises";
import type { BuildResult, System } from "../../index.js";
import { GantryError } from "../../index.js";
import type { BuildFlags } from "../commands/build.js";
import { outputPath, writeWhole } from "../output-file.js";

/** The files that a build writes about itself; opened before the build so that a wrong path costs no build. */
export interface ResultFiles {
  write(results: readonly BuildResult[]): Promise<void>;
}

/** Checks the paths of `--metadata-file` and `--iidfile`, and removes an old iidfile as docker does. Throws ERR_GANTRY_USAGE. */
export async function openResultFiles(
  { metadataFile, iidfile }: Pick<BuildFlags, "metadataFile" | "iidfile">,
  images: number,
  system: System,
): Promise<ResultFiles> {
  if (iidfile !== undefined && images > 1) {
    throw usage(
      `--iidfile holds the ID of one image, but ${images} are selected: choose one with --only NAME, or use --metadata-file`,
    );
  }
  const metadataPath = outputPath("--metadata-file", metadataFile, system);
  const iidPath = outputPath("--iidfile", iidfile, system);
  if (iidPath !== undefined) await rm(iidPath, { force: true });
  return {
    write: async (results) => {
      if (metadataPath !== undefined)
        await writeWhole(metadataPath, `${JSON.stringify(formatMetadata(results), undefined, 2)}\n`, system);
      if (iidPath !== undefined) await writeWhole(iidPath, imageId(results[0]!), system);
    },
  };
}

/** buildx's keys; of one image flat as `buildx build`, of several by name as `buildx bake`. */
export function formatMetadata(results: readonly BuildResult[]): Readonly<Record<string, unknown>> {
  if (results.length === 1) return metadataOf(results[0]!);
  return Object.fromEntries(results.map((result) => [result.name, metadataOf(result)]));
}

function metadataOf({ artifact, descriptor, digest, plan }: BuildResult): Readonly<Record<string, unknown>> {
  return {
    ...(artifact.kind === "image"
      ? { "containerimage.config.digest": artifact.configContent.descriptor.digest }
      : {}),
    "containerimage.descriptor": descriptor,
    "containerimage.digest": digest,
    ...(plan.tags.length === 0 ? {} : { "image.name": plan.tags.join(",") }),
  };
}

/** What docker calls the image ID: the configuration's digest, or of several platforms the index's. */
function imageId({ artifact, digest }: BuildResult): string {
  return artifact.kind === "image" ? artifact.configContent.descriptor.digest : digest;
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
