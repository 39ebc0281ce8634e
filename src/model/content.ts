import type { Descriptor, Digest, ImageConfig, Platform } from "./oci.js";
import type { IoOptions } from "./events.js";

/** Where to begin reading; `start` is a byte offset. */
export interface OpenOptions extends IoOptions {
  readonly start?: number | undefined;
}

/** A registry that already holds the bytes: another repository of it can mount instead of upload. */
export interface Origin {
  readonly registry: string;
  readonly repository: string;
}

/**
 * Bytes whose identity is known; they may not exist until opened. `open` may be called any number of times, each call
 * yields the same bytes afresh from `start`. A reader that reads from 0 to the end may trust them: they were verified
 * against the descriptor's digest and size (an error is thrown before the end otherwise).
 */
export interface Content {
  readonly descriptor: Descriptor;
  open(options?: OpenOptions): AsyncIterable<Uint8Array>;
  readonly origins?: readonly Origin[];
}

/** A manifest of any kind: its bytes are at hand, and it knows what must be in a place before it. */
export interface Manifest extends Content {
  /** The manifest exactly as pushed. */
  readonly bytes: Uint8Array;
  /** What it refers to, in order: for an image its config, then its layers; for an index its manifests. */
  children(options?: IoOptions): Promise<readonly (Content | Manifest)[]>;
}

/** A layer whose uncompressed tar has the digest `diffId` (image-spec config.md, "Layer DiffID"). */
export interface Layer extends Content {
  readonly diffId: Digest;
}

export interface Image extends Manifest {
  readonly kind: "image";
  readonly platform: Platform;
  readonly config: ImageConfig;
  readonly configContent: Content;
  readonly layers: readonly Layer[];
}

export interface ImageIndex extends Manifest {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

/** An SBOM, an attestation, a chart: copied, never interpreted. */
export interface OtherManifest extends Manifest {
  readonly kind: "artifact";
}

export type Artifact = Image | ImageIndex | OtherManifest;

/** Whether a child is itself a manifest (and has children). */
export function isManifest(content: Content | Manifest): content is Manifest {
  return "children" in content;
}
