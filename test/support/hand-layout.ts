import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An image of a layout that is written byte by byte, so that what a test builds on owes nothing to the code under test. */
export interface HandImage {
  readonly platform: { readonly architecture: string; readonly os?: string; readonly variant?: string };
  /** The runtime configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further fields of the image's configuration, its history among them. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** How many layers there are, empty tars of different lengths; 1 unless given. */
  readonly layers?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Writes an OCI layout of an index over the images (of one image: of that alone), named `name`; its root's digest. */
export function writeHandLayout(folder: string, images: readonly HandImage[], name = "base"): string {
  mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const put = (bytes: Uint8Array, mediaType: string) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(folder, "blobs", "sha256", hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const putJson = (document: object, mediaType: string) =>
    put(Buffer.from(JSON.stringify(document)), mediaType);
  const manifests = images.map(({ platform, config = {}, more = {}, layers = 1, annotations }) => {
    const tars = Array.from({ length: layers }, (_, at) =>
      put(Buffer.alloc(1024 * (at + 1)), `${oci}.layer.v1.tar`),
    );
    const document = {
      ...{ os: "linux", ...platform, config, ...more },
      rootfs: { type: "layers", diff_ids: tars.map(({ digest }) => digest) },
    };
    const manifest = {
      ...{ schemaVersion: 2, mediaType: `${oci}.manifest.v1+json` },
      ...{ config: putJson(document, `${oci}.config.v1+json`), layers: tars },
      ...(annotations === undefined ? {} : { annotations }),
    };
    return { ...putJson(manifest, `${oci}.manifest.v1+json`), platform: { os: "linux", ...platform } };
  });
  const [first] = manifests;
  const index = { schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests };
  const root = manifests.length === 1 ? first! : putJson(index, `${oci}.index.v1+json`);
  const named = { ...root, annotations: { "org.opencontainers.image.ref.name": name } };
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  return root.digest;
}

const oci = "application/vnd.oci.image";
