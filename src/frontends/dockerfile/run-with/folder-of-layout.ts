import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Platform } from "../../../model/oci.js";
import { imageOf, readArtifact } from "../../../places/artifact.js";
import { openLayout } from "../../../places/layout/layout.js";
import { splitLayout } from "../../../places/layout/split-layout.js";

/**
 * How buildah is told an image of an OCI layout, "DIR" or "DIR:NAME". As `oci:` it would be called after the layout's path,
 * in the user's own storage, and one with capital letters is refused; as `dir:` it has no name. That is made of it in a
 * folder, which holds one image alone: an index is left as it is where its path can be a name, since its images may be
 * asked for by platform.
 */
export async function folderOfLayout(
  place: string,
  { platform, folder }: { readonly platform: Platform; readonly folder: string },
): Promise<string> {
  const [layout, name] = splitLayout(place);
  const artifact = await readArtifact(openLayout(layout, { token: () => "none" }), name, {});
  if (artifact.kind !== "image" && /^[a-z0-9/._-]*$/.test(layout)) return `oci:${place}`;
  const image = artifact.kind === "image" ? artifact : await imageOf(artifact, platform, { what: layout });
  await mkdir(folder, { recursive: true });
  const digests = new Set((await image.children()).map(({ descriptor }) => descriptor.digest));
  for (const digest of digests) {
    const [algorithm = "", hex = ""] = digest.split(":");
    await symlink(join(layout, "blobs", algorithm, hex), join(folder, hex));
  }
  await writeFile(join(folder, "manifest.json"), image.bytes);
  await writeFile(join(folder, "version"), "Directory Transport Version: 1.1\n");
  return `dir:${folder}`;
}
