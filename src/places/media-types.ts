import { mediaTypes, type Descriptor } from "../model/oci.js";

const manifestTypes = new Set<string>([
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
  mediaTypes.dockerSchema1,
  mediaTypes.dockerSchema1Signed,
]);

const foreignTypes = new Set<string>([
  mediaTypes.foreignTar,
  mediaTypes.foreignGzip,
  mediaTypes.foreignZstd,
  mediaTypes.dockerForeign,
]);

/** Whether bytes of this type are a manifest, and so refer to others. */
export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

/** Whether a layer is fetched from its `urls` and not kept with the image (image-spec layer.md, "Non-Distributable Layers"). */
export function isForeign({ mediaType, urls }: Descriptor): boolean {
  return foreignTypes.has(mediaType) && urls !== undefined && urls.length > 0;
}
