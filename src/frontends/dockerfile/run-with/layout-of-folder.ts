import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor, ImageConfig, ManifestDocument } from "../../../model/oci.js";
import { withoutContainer } from "./without-container.js";

/**
 * Makes an OCI layout of what buildah wrote into a folder as `dir:`, in place: there manifest.json lies beside blobs that
 * are named by their digests' hexadecimal digits alone. The configuration loses what tells of the container it came from.
 */
export async function layoutOfFolder(folder: string): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  await Promise.all(names.map((name) => rename(join(folder, name), join(blobs, name))));
  const manifest = await readJson<ManifestDocument>(join(folder, "manifest.json"));
  const config = await readJson<ImageConfig>(join(blobs, manifest.config.digest.replace(/^sha256:/, "")));
  const put = async (document: object, mediaType: string | undefined): Promise<Descriptor> => {
    const bytes = Buffer.from(JSON.stringify(document));
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(blobs, hex), bytes);
    return { mediaType: mediaType ?? "", digest: `sha256:${hex}`, size: bytes.length };
  };
  const own = await put(withoutContainer(config), manifest.config.mediaType);
  const entry = await put({ ...manifest, config: own }, manifest.mediaType);
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await Promise.all(["manifest.json", "version"].map((name) => rm(join(folder, name), { force: true })));
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8")) as T;
}
