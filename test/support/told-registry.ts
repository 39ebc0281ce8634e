import { createHash } from "node:crypto";
import type { TestContext } from "node:test";
import { startFront, type Front } from "./fault-registry.js";

/** Media types by short names. */
export const types: Readonly<Record<"manifest" | "index" | "config" | "layer" | "foreign", string>> = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  foreign: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
};

/** A document as a registry sends it. */
export interface Told {
  readonly type: string;
  readonly body: string | Uint8Array;
}

export const digestOf = (bytes: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
/** A descriptor of bytes. */
export const described = (mediaType: string, bytes: string | Uint8Array, more: object = {}): object => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
  ...more,
});

/** A registry that serves these bytes as its tag "1", and these as blobs by their digests. */
export async function serving(
  t: TestContext,
  manifest: Told,
  blobs: readonly (string | Uint8Array)[] = [],
): Promise<Front & { readonly tag: string }> {
  const byDigest = new Map(blobs.map((bytes) => [digestOf(bytes), bytes]));
  const front = await startFront(t, undefined, ({ path }) => {
    const blob = byDigest.get(path.split("/").at(-1)!);
    if (blob !== undefined) return { status: 200, body: blob };
    if (path.includes("/manifests/"))
      return { status: 200, headers: { "content-type": manifest.type }, body: manifest.body };
    return { status: 404 };
  });
  return { ...front, tag: `${front.host}/app:1` };
}
