import { lstatSync } from "node:fs";
import { digestOf } from "../../model/digest.js";
import { rereading } from "../../model/reread.js";
import { factsOf } from "../facts.js";
import { blobOf } from "./kept-record.js";
import { layerMembers } from "./read-layer.js";
import { writeAllOnce } from "./write-once.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Records } from "../../cache/records.js";
import type { Layer } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Descriptor } from "../../model/oci.js";
import type { FileSource } from "../../plan/plan.js";

/** Brings members of a layer, counted from 0, into files on this machine. */
export type Extract = (
  layer: Layer,
  members: readonly number[],
  io: IoOptions,
) => Promise<ReadonlyMap<number, FileSource>>;

/**
 * Extracts into a store of blobs, where a file of the same content lies once. The layer is streamed once for all that
 * are asked for, verified as it is read, and not at all where the records know of every one and the blobs are there.
 */
export function createExtract({
  blobs,
  records,
}: {
  readonly blobs: BlobStore;
  readonly records: Records | undefined;
}): Extract {
  const keyOf = (layer: Layer, member: number) =>
    digestOf(Buffer.from(`layer member\0${layer.diffId}\0${member}`)).slice("sha256:".length);
  const find = async (layer: Layer, member: number): Promise<FileSource | undefined> => {
    const blob = blobOf(await records?.get(keyOf(layer, member)));
    // Not marked as used: that would change its time, and with it the stamp that other builds go by.
    return blob !== undefined && (await blobs.size(blob.digest)) === blob.size ? sourceOf(blob) : undefined;
  };
  const sourceOf = ({ digest }: Pick<Descriptor, "digest">): FileSource => {
    const path = blobs.path(digest);
    return { type: "file", path, stamp: factsOf(lstatSync(path)) };
  };
  return async (layer, members, io) => {
    const found = new Map<number, FileSource>();
    for (const member of members) {
      const known = await find(layer, member);
      if (known !== undefined) found.set(member, known);
    }
    const missing = new Set(members.filter((member) => !found.has(member)));
    if (missing.size === 0) return found;
    const written = await rereading(() => write(layer, missing, { blobs, ...io }));
    for (const [member, blob] of written) {
      found.set(member, sourceOf(blob));
      await records?.put(keyOf(layer, member), blob);
    }
    return found;
  };
}

type Blob = Pick<Descriptor, "digest" | "size">;

async function write(
  layer: Layer,
  wanted: ReadonlySet<number>,
  { blobs, ...io }: IoOptions & { readonly blobs: BlobStore },
): Promise<ReadonlyMap<number, Blob>> {
  const written = new Map<number, Blob>();
  let count = 0;
  for await (const { body } of layerMembers(layer, io)) {
    const member = count++;
    if (!wanted.has(member)) continue;
    written.set(member, await writeAllOnce(body, blobs));
  }
  return written;
}
