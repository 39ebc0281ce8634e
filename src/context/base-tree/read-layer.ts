import { decompress } from "../../codec/decompress.js";
import { GantryError } from "../../errors.js";
import { algorithmOf, createHasher, readAll } from "../../model/digest.js";
import { rereading } from "../../model/reread.js";
import { readTar } from "../../tar/read.js";
import { createChanges } from "./layer-changes.js";
import type { Layer } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { TarMember } from "../../tar/read.js";
import type { ChangedFolder } from "./change.js";
import type { Budget } from "./layer-changes.js";

/** Files whose bytes are kept with the tree: they say who is who in the image. */
export const keptPaths: readonly string[] = ["etc/passwd", "etc/group"];

/** The most bytes of a file that a tree gives: as many as BuildKit reads of passwd and group. */
export const readLimit: number = 10 * 1024 * 1024;

export interface ReadLayerOptions extends IoOptions {
  /** Which of the image's layers it is, counted from 0. */
  readonly at: number;
  readonly budget: Budget;
  /** Told how many packed bytes came, as they come. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * What a layer has. Its tar is streamed, and nothing of it kept but names, numbers and the bytes of `keptPaths`. Digest
 * and diffID are verified on the way (ERR_GANTRY_CONTENT_MISMATCH), and the layer read once more where they are wrong.
 */
export function readLayer(layer: Layer, { at, budget, ...io }: ReadLayerOptions): Promise<ChangedFolder> {
  return rereading(async () => {
    const changes = createChanges(nameOf(layer), budget);
    let count = 0;
    for await (const member of layerMembers(layer, io)) {
      changes.add(member.header, { layer: at, member: count++, bytes: await keptBytes(member) });
    }
    return changes.root;
  });
}

/** The bytes of a layer's member, counted from 0; the layer is read to its end, so that they are verified. */
export function readMember(
  layer: Layer,
  { member, ...io }: IoOptions & { readonly member: number },
): Promise<Uint8Array> {
  return rereading(async () => {
    let [count, found]: [number, Uint8Array | undefined] = [0, undefined];
    for await (const { header, body } of layerMembers(layer, io)) {
      if (count++ === member) found = await readAll(body, { limit: readLimit, what: `/${header.path}` });
    }
    if (found !== undefined) return found;
    throw new GantryError("ERR_GANTRY_INTERNAL", `${nameOf(layer)} has no member ${member}`);
  });
}

async function keptBytes({
  header,
  body,
}: TarMember): Promise<{ type: "inline"; bytes: Uint8Array } | undefined> {
  const { path, type, size } = header;
  if (type !== "file" || size > readLimit || !keptPaths.includes(path)) return undefined;
  return { type: "inline", bytes: await readAll(body, { limit: readLimit, what: `/${path}` }) };
}

/** A layer's members as they are stored, verified by its end. */
export async function* layerMembers(
  layer: Layer,
  { onBytes, ...io }: Omit<ReadLayerOptions, "at" | "budget">,
): AsyncGenerator<TarMember> {
  const what = nameOf(layer);
  const packed = counted(layer.open(io), onBytes);
  for await (const member of readTar(unpackedAs(layer, decompress(packed, { what })), { what })) {
    io.signal?.throwIfAborted();
    yield member;
  }
}

function nameOf({ descriptor }: Layer): string {
  return `layer ${descriptor.digest}`;
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  onBytes: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

/** The tar reader reads to the stream's end, so that the last look is never left out. */
async function* unpackedAs(layer: Layer, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hasher = createHasher(algorithmOf(layer.diffId));
  for await (const chunk of stream) {
    hasher.update(chunk);
    yield chunk;
  }
  const found = hasher.digest();
  if (found === layer.diffId) return;
  throw new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `${nameOf(layer)}: expected its tar to have the diffID ${layer.diffId} that the image states, got ${found}`,
  );
}
