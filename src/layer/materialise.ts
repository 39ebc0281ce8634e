import { during } from "../errors.js";
import { createHasher } from "../model/digest.js";
import { startStep } from "../model/events.js";
import { toldHasher } from "../model/spans.js";
import { mediaTypes } from "../model/oci.js";
import { codecOf } from "./codec.js";
import { layerKeys, packedKey } from "./layer-keys.js";
import { tarSize } from "./segments.js";
import { openStored } from "./stored.js";
import { streamSegments, streamTar } from "./stream.js";
import type { BlobStore } from "../blobs/store.js";
import type { LayerCache, PackedLayer, UnpackedLayer } from "../cache/layer-cache.js";
import type { LayerKeys } from "../model/layer-keys.js";
import type { Layer } from "../model/content.js";
import type { IoOptions, Step } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import type { Draft } from "../model/place.js";
import type { OnSpan } from "../model/spans.js";
import type { Compression, Entry, LayerPlan } from "../plan/plan.js";
import type { System } from "../system.js";
import type { WorkerPool } from "./pool.js";

/** What making layers needs; all of it is shared by the layers of a build. */
export interface LayerContext {
  readonly system: Pick<System, "now">;
  readonly pool: WorkerPool;
  readonly cache: LayerCache;
  /** Where packed layers are kept until they are sent. */
  readonly blobs: BlobStore;
  readonly onSpan?: OnSpan | undefined;
  /** A layer with this diffID that can be used as it is (`--cache-from`): then nothing is packed, nothing is sent. */
  readonly reuse?: ((diffId: Digest, compression: Compression) => Promise<Layer | undefined>) | undefined;
  /** A place that takes a layer while it is made: what it is called, and its length in bytes where that is known before. */
  readonly receive?:
    | ((about: { readonly label: string; readonly size?: number | undefined }) => Draft | undefined)
    | undefined;
}

/** A layer of fewer bytes of tar is made before anybody could have begun to take it. */
const worthDraft = 4 << 20;

/** A file changed this recently may change again within its timestamp's resolution (git's rule for its index). */
const racyMilliseconds = 2000;

/**
 * Makes a layer's identity known, doing as little as what is remembered allows: nothing where the stamps are known,
 * a hash where only they changed, packing otherwise. Plain tars are never written to disk: opening one frames it
 * again from the files, which fails if one of them has changed.
 */
export async function materialise(
  plan: LayerPlan,
  { compression, context, ...io }: { compression: Compression; context: LayerContext } & IoOptions,
): Promise<Layer> {
  const step = startStep(io.onEvent, { name: `pack ${plan.createdBy}`, kind: "layer" });
  try {
    const keys = plan.streamed?.keys ?? (await layerKeys(plan.entries));
    const work = new LayerWork(plan, keys, compression, context, io.signal, step);
    const layer = await work.layer();
    const unread = work.readBytes === 0;
    if (unread) step.progress(layer.descriptor.size, layer.descriptor.size);
    step.end(shortDigest(layer.descriptor.digest), unread ? "cached" : "done");
    return layer;
  } catch (error) {
    step.fail((error as Error).message);
    io.signal?.throwIfAborted();
    throw during(`packing ${plan.createdBy}`, error);
  }
}

/** One layer being made. */
class LayerWork {
  /** Bytes of tar that had to be framed. */
  readBytes = 0;
  #tarSize: Promise<number> | undefined;
  readonly #plan: LayerPlan;
  readonly #compression: Compression;
  readonly #context: LayerContext;
  readonly #signal: AbortSignal | undefined;
  readonly #step: Step;
  readonly #keys: LayerKeys;
  readonly #began: number;

  constructor(
    plan: LayerPlan,
    keys: LayerKeys,
    compression: Compression,
    context: LayerContext,
    signal: AbortSignal | undefined,
    step: Step,
  ) {
    this.#plan = plan;
    this.#compression = compression;
    this.#context = context;
    this.#signal = signal;
    this.#step = step;
    this.#keys = keys;
    this.#began = context.system.now();
  }

  async layer(): Promise<Layer> {
    const { cache } = this.#context;
    let unpacked = await cache.unpacked(this.#keys);
    if (unpacked === undefined && (await this.#hashingFirstPays())) unpacked = await this.#hash();
    if (this.#compression.type === "none") return this.#plain(unpacked ?? (await this.#hashAndSend()));
    if (unpacked !== undefined) {
      const known = await this.#known(unpacked.diffId);
      if (known !== undefined) return known;
    }
    const packed = await this.#pack(this.#compression.type);
    return this.#stored(packed.diffId, packed);
  }

  async #hashingFirstPays(): Promise<boolean> {
    return this.#context.reuse !== undefined || this.#context.cache.familiar(this.#keys);
  }

  async #known(diffId: Digest): Promise<Layer | undefined> {
    const { cache, blobs, reuse } = this.#context;
    const packed = await cache.packed(this.#packedKey(diffId));
    if (packed !== undefined && (await blobs.size(packed.digest)) === packed.size) {
      await blobs.keep(packed.digest);
      return this.#stored(diffId, packed);
    }
    return reuse?.(diffId, this.#compression);
  }

  async #hash(draft?: Draft): Promise<UnpackedLayer> {
    const hasher = toldHasher(createHasher(), this.#context.onSpan, "raw");
    let size = 0;
    for await (const { raw } of this.#segments({ type: "none", level: 0 })) {
      const sent = draft?.write(raw);
      hasher.update(raw);
      size += raw.length;
      await sent;
      this.#context.pool.recycle(raw);
    }
    return this.#remember({ diffId: hasher.digest(), size });
  }

  /** Nothing is known of the layer: it is sent to where it goes while it is hashed, instead of being read twice. */
  async #hashAndSend(): Promise<UnpackedLayer> {
    const draft = await this.#draft(() => this.#size());
    try {
      const unpacked = await this.#hash(draft);
      await draft?.commit({ digest: unpacked.diffId, size: unpacked.size });
      return unpacked;
    } catch (error) {
      await draft?.abort();
      throw error;
    }
  }

  async #draft(size?: () => Promise<number>): Promise<Draft | undefined> {
    const { receive } = this.#context;
    if (receive === undefined || (await this.#roughSize()) < worthDraft) return undefined;
    return receive({ label: this.#plan.createdBy, size: await size?.() });
  }

  async #pack(type: "gzip" | "zstd"): Promise<PackedLayer & { readonly diffId: Digest }> {
    const codec = codecOf(type);
    const { blobs, onSpan, pool } = this.#context;
    const hasher = toldHasher(createHasher(), onSpan, "raw");
    const writer = await blobs.create({ onSpan });
    let draft: Draft | undefined;
    const write = async (bytes: Uint8Array) => {
      await Promise.all([writer.write(bytes), draft?.write(bytes)]);
    };
    let written = Promise.resolve();
    try {
      draft = await this.#draft();
      await write(codec.begin());
      let [crc, size] = [0, 0];
      for await (const { raw, packed, crc: segmentCrc } of this.#segments(this.#compression)) {
        hasher.update(raw);
        crc = codec.joinCrc(crc, segmentCrc, raw.length);
        size += raw.length;
        pool.recycle(raw);
        // The next segment is hashed while this one is written.
        await written;
        written = write(packed).then(() => pool.recycle(packed));
        written.catch(() => undefined);
      }
      await written;
      await write(codec.end({ crc, size }));
      const { diffId } = await this.#remember({ diffId: hasher.digest(), size });
      const packed = await writer.commit();
      await draft?.commit(packed);
      await this.#context.cache.rememberPacked(this.#packedKey(diffId), { ...packed, diffId });
      return { ...packed, diffId };
    } catch (error) {
      // Nothing is written to any more when the writer goes.
      await Promise.allSettled([draft?.abort(), written]);
      await writer.abort();
      throw error;
    }
  }

  /** The length of the tar; of a large layer it takes twenty milliseconds, so it is added up once. */
  #size(): Promise<number> {
    return (this.#tarSize ??= tarSize(entriesOf(this.#plan)));
  }

  async #roughSize(): Promise<number> {
    return this.#plan.streamed?.roughSize ?? (await this.#size());
  }

  async *#segments(compression: Compression) {
    let done = 0;
    const size = await this.#roughSize();
    const { pool } = this.#context;
    const entries = entriesOf(this.#plan);
    for await (const framed of streamSegments(entries, { compression, pool, signal: this.#signal })) {
      const { length } = framed.raw; // read before the yield: a recycled buffer may be gone after it
      yield framed;
      done += length;
      this.readBytes += length;
      this.#step.progress(done, Math.max(done, size));
    }
    this.#step.progress(done, done);
  }

  async #remember(unpacked: UnpackedLayer): Promise<UnpackedLayer> {
    const trusted = this.#keys.newest < this.#began - racyMilliseconds;
    await this.#context.cache.rememberUnpacked(this.#keys, unpacked, { trusted });
    return unpacked;
  }

  #packedKey(diffId: Digest): string {
    const { type, level } = this.#compression;
    return packedKey(diffId, type === "none" ? "none" : codecOf(type).id(level));
  }

  #plain({ diffId, size }: UnpackedLayer): Layer {
    const [plan, { pool }] = [this.#plan, this.#context];
    return {
      diffId,
      descriptor: { mediaType: mediaTypes.layerTar, digest: diffId, size },
      open: ({ start, signal } = {}) => streamTar(entriesOf(plan), { pool, start, signal }),
    };
  }

  #stored(diffId: Digest, packed: PackedLayer): Layer {
    const { blobs } = this.#context;
    const { digest, size } = packed;
    const mediaType = codecOf(this.#compression.type === "zstd" ? "zstd" : "gzip").mediaType;
    let packing: Promise<PackedLayer> | undefined;
    const again = (io: IoOptions) => (packing ??= this.#again(io).finally(() => (packing = undefined)));
    return {
      diffId,
      descriptor: { mediaType, digest, size },
      open: (options = {}) => openStored(packed, { ...options, blobs, again }),
    };
  }

  /** Packs what was packed before and is gone from the store. */
  async #again({ signal, onEvent }: IoOptions): Promise<PackedLayer> {
    const step = startStep(onEvent, { name: "pack a layer again", kind: "layer" });
    const work = new LayerWork(
      this.#plan,
      this.#keys,
      this.#compression,
      { ...this.#context, receive: undefined },
      signal,
      step,
    );
    try {
      const packed = await work.#pack(this.#compression.type === "zstd" ? "zstd" : "gzip");
      step.end(shortDigest(packed.digest));
      return packed;
    } catch (error) {
      step.fail((error as Error).message);
      throw error;
    }
  }
}

function entriesOf(plan: LayerPlan): Iterable<Entry> {
  return plan.streamed?.each() ?? plan.entries;
}

function shortDigest(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}
