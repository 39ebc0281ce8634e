import { GantryError } from "../errors.js";
import { mediaTypes } from "./oci.js";
import { quote } from "./quote.js";

/** Whose media types an image is written with: the OCI's, or those of Docker's schema 2. */
export type MediaTypeStyle = "oci" | "docker";

/** The same layer format in both namings; Docker's schema 2 has no zstd. */
const pairs: readonly (readonly [oci: string, docker: string | undefined])[] = [
  [mediaTypes.layerGzip, mediaTypes.dockerLayer],
  [mediaTypes.layerTar, mediaTypes.dockerLayerTar],
  [mediaTypes.foreignGzip, mediaTypes.dockerForeign],
  [mediaTypes.foreignTar, "application/vnd.docker.image.rootfs.foreign.diff.tar"],
  [mediaTypes.layerZstd, undefined],
  [mediaTypes.foreignZstd, undefined],
];

/** Written by containerd's tools, though Docker never registered it. */
const dockerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

const toOci = new Map([
  ...pairs.flatMap(([oci, docker]) => (docker === undefined ? [] : [[docker, oci] as const])),
  [dockerZstd, mediaTypes.layerZstd],
]);
const toDocker = new Map(
  pairs.flatMap(([oci, docker]) => (docker === undefined ? [] : [[oci, docker] as const])),
);
const dockerTypes = new Set(toDocker.values());

/**
 * A layer's media type in the style's naming; the bytes it names are the same. A type that OCI's naming does not know is
 * kept; one that Docker's cannot hold throws ERR_GANTRY_UNSUPPORTED.
 */
export function styledType(mediaType: string, style: MediaTypeStyle): string {
  if (style === "oci") return toOci.get(mediaType) ?? mediaType;
  if (dockerTypes.has(mediaType)) return mediaType;
  const type = toDocker.get(mediaType);
  if (type !== undefined) return type;
  const isZstd = mediaType.endsWith("zstd");
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    isZstd
      ? "Docker's media types have no zstd layers: use gzip, or OCI media types"
      : `Docker's media types cannot hold a layer of type ${quote(mediaType)}: use OCI media types`,
  );
}
