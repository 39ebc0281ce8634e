import type { Artifact, Origin } from "./content.js";
import type { Descriptor, Digest } from "./oci.js";
import type { IoOptions } from "./events.js";
import { GantryError } from "../errors.js";
import type { OpenOptions } from "./content.js";

/** Where artifacts are read from: one repository of a registry, one layout, one archive. */
export interface Source {
  /** For messages: "localhost:5000/app", "oci:out". */
  readonly label: string;
  /** Set where blobs of this source can be mounted from. */
  readonly origin?: Origin;
  /** The descriptor that a tag, a digest or (in a layout) a name stands for; without a name the only one there is. Throws ERR_GANTRY_NOT_FOUND. */
  resolve(name?: string, options?: IoOptions): Promise<Descriptor>;
  /** The bytes of a manifest or blob, verified on the way: throws ERR_GANTRY_CONTENT_MISMATCH before the end. */
  read(descriptor: Descriptor, options?: OpenOptions): AsyncIterable<Uint8Array>;
}

/** A place artifacts go to: one registry host with all its repositories, one layout, one archive. */
export interface Destination {
  readonly label: string;
  /** Brings everything but the names there. Idempotent; several may run side by side. */
  stage(root: Artifact, names: readonly string[], options?: StageOptions): Promise<Staged>;
  /**
   * Begins to take a blob whose digest comes at the end, so that it can travel while it is made. Undefined where this
   * place takes only finished ones: not at all, or not from this user or at this size. `names` are those of the artifact
   * that the blob will be part of.
   */
  receive?(names: readonly string[], options?: ReceiveOptions): Draft | undefined;
}

export interface ReceiveOptions extends IoOptions {
  /** What the bytes are, for progress: "layer /app". */
  readonly label?: string | undefined;
  /** How many bytes will come, where that is known. */
  readonly size?: number | undefined;
}

/**
 * A blob on its way before its digest is known. Nothing of it is visible until `commit`. Nothing here rejects for the
 * place's sake: a draft that breaks is given up, and the blob goes the usual way when it is staged. An aborted signal
 * rejects with its reason, as everywhere. Every draft must be committed or aborted: it holds a connection until then.
 */
export interface Draft {
  /**
   * Takes bytes in order; resolves when more may come, at once where the draft was given up. The bytes must not change
   * before it resolves, and belong to the caller again afterwards.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** The blob is whole: true where the place now holds it under this digest, as later calls of `stage` know. */
  commit(content: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  /** Gives back what the draft took. Harmless after `commit`. */
  abort(): Promise<void>;
}

export interface StageOptions extends IoOptions {
  /**
   * Nothing else is published with this: a place may leave to `publish` what fails there with nothing moved. Where names
   * are to move in several places, or for several artifacts, it must be left out.
   */
  readonly sole?: boolean | undefined;
}

/** A place that holds everything; nothing is visible under a name before `publish`. */
export interface Staged {
  /** Moves the names, all of them. Throws PartlyPublished where it fails after some have moved. */
  publish(options?: IoOptions): Promise<readonly Published[]>;
  /** Gives back what staging took (temporary files, sessions). Harmless after publish. */
  abort(): Promise<void>;
}

/** A name that now stands for a digest. */
export interface Published {
  /** As the user wrote it: a full reference, a layout's name. */
  readonly name: string;
  readonly digest: Digest;
}

/** Publishing failed, or was interrupted, when some names had moved already. */
export class PartlyPublished extends GantryError {
  readonly published: readonly Published[];

  /** As `cause`, with its code and message. */
  constructor(cause: Error, published: readonly Published[]) {
    super(cause instanceof GantryError ? cause.code : "ERR_GANTRY_INTERRUPTED", cause.message, { cause });
    this.published = published;
  }
}
