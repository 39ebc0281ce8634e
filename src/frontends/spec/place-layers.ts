import { rest } from "../../concurrency.js";
import { during, GantryError } from "../../errors.js";
import { digestOf } from "../../model/digest.js";
import type { IoOptions } from "../../model/events.js";
import type { FileTree } from "../../plan/file-tree.js";
import {
  type Entry,
  type LayerPlan,
  type PinnedBase,
  type StreamedEntries,
  streamedLayer,
} from "../../plan/plan.js";
import type { World } from "../../plan/world.js";
import {
  type LayerLists,
  type ListedLayer,
  type Listing,
  type WrittenLayer,
  placeLayer,
} from "./layer-list.js";
import type { PlannedLayer } from "./check-layer.js";

/** What the layers of one image lie on, and whom to ask about it. */
export interface PlaceOptions extends IoOptions {
  readonly base: PinnedBase | undefined;
  readonly listing: Listing;
  readonly lists: LayerLists;
  readonly world: World;
}

/**
 * The listed layers of one image as they are written, in order. Those that ask the base are laid over its files and over
 * the layers before them; where none asks, the base's files are never fetched.
 */
export async function placeLayers(
  planned: readonly PlannedLayer[],
  listed: readonly ListedLayer[],
  { base, listing, lists, world, ...io }: PlaceOptions,
): Promise<LayerPlan[]> {
  let below: Below | undefined;
  const plans: LayerPlan[] = [];
  for (const [at, layer] of listed.entries()) {
    const { createdBy } = planned[at]!;
    if (base !== undefined)
      below ??= { key: base.image.descriptor.digest, tree: () => treeOf(base, world, io) };
    const parts = layer.parts ?? (await place(layer, planned[at]!, { below: below!, listing, lists }));
    plans.push(...parts.map((part) => planOf(createdBy, part)));
    if (below !== undefined) below = over(below, layer.key, parts);
  }
  return plans;
}

function planOf(createdBy: string, written: WrittenLayer): LayerPlan {
  const name = createdBy + written.part;
  return written.streamed === undefined
    ? { createdBy: name, entries: written.entries }
    : streamedLayer(name, written.streamed);
}

/** What a layer lies on. */
interface Below {
  /** Of all that decides it. */
  readonly key: string;
  readonly tree: () => Promise<FileTree>;
}

async function place(
  layer: ListedLayer,
  planned: PlannedLayer,
  { below, listing, lists }: { readonly below: Below } & Pick<PlaceOptions, "listing" | "lists">,
): Promise<readonly WrittenLayer[]> {
  return lists.placed.get(`${below.key}\0${layer.key}`, async () =>
    placeLayer(layer, planned, { tree: await below.tree(), listing }),
  );
}

/** With one layer more, which is only laid over when somebody asks. */
function over({ key, tree }: Below, layer: string, parts: readonly WrittenLayer[]): Below {
  let made: Promise<FileTree> | undefined;
  const make = async () => {
    let under = await tree();
    for (const part of parts)
      under = under.with(part.streamed === undefined ? part.entries : await collect(part.streamed));
    return under;
  };
  return { key: digestOf(Buffer.from(`${key}\0${layer}`)), tree: () => (made ??= make()) };
}

/** All entries, in turns with the event loop. */
async function collect({ each }: StreamedEntries): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const entry of each()) {
    entries.push(entry);
    if (entries.length % entriesAtOnce === 0) await rest();
  }
  return entries;
}

/** Some milliseconds. */
const entriesAtOnce = 1000;

async function treeOf(base: PinnedBase, world: World, io: IoOptions): Promise<FileTree> {
  try {
    return await world.tree(base, io);
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== "ERR_GANTRY_UNSUPPORTED") throw error;
    throw during("destinations ask the base's files, which --base-tree never leaves alone", error);
  }
}
