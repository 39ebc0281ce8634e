import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SingleFlight, allDone } from "../../concurrency.js";
import { during } from "../../errors.js";
import { type Matcher, parseIgnore } from "../../context/ignore.js";
import { type IoOptions, forImage } from "../../model/events.js";
import { type ConfigChange, type MergedConfig, mergeConfig } from "../../model/merge.js";
import { parseReference } from "../../model/reference.js";
import type { BuildPlan, ImagePlan, PinnedBase } from "../../plan/plan.js";
import { shareLayers } from "../../plan/share-layers.js";
import type { World } from "../../plan/world.js";
import { configChange } from "./config-change.js";
import { parseCreated, sourceDateEpoch } from "./created.js";
import { parseDestination } from "./destination.js";
import { type PlannedLayer, checkLayer } from "./check-layer.js";
import { type LayerLists, listLayer } from "./layer-list.js";
import { imageName, imageTags } from "./names.js";
import { placeLayers } from "./place-layers.js";
import { type PlatformRequest, requestsByPlatform } from "./platform-request.js";
import type { BuildRequest } from "./request.js";

/** How a request becomes a plan. */
export interface PlanOptions extends IoOptions {
  /** The context folder, absolute: its .dockerignore applies to sources in it, and `filesBase` is relative to it. */
  readonly contextRoot: string;
  /** To be passed to the plans of one run, so that images share the lists of equal layers. */
  readonly lists?: LayerLists | undefined;
}

/** An empty store of layer lists for one run. */
export function createLayerLists(): LayerLists {
  return { read: new SingleFlight(), placed: new SingleFlight() };
}

/**
 * Answers every question a request leaves open: bases pinned (side by side), files listed, configuration merged. What can
 * be checked in the request itself is checked before anything is read or asked for; errors name the field.
 */
export async function planRequest(
  request: BuildRequest,
  world: World,
  options: PlanOptions,
): Promise<BuildPlan> {
  const name = imageName(request);
  const tags = imageTags(request);
  const indexAnnotations = annotationsOf(request.annotations, "index");
  const asked = requestsByPlatform(request, world.system).map((one) => checkImage(one, world, options));
  const context = { ...options, onEvent: forImage(options.onEvent, name) };
  const ignore = readIgnore(options.contextRoot);
  const lists = options.lists ?? createLayerLists();
  const planned = await allDone(asked.map((image) => planImage(image, world, { ...context, ignore, lists })));
  const images = shareLayers(planned);
  const index = images.length > 1 || Object.keys(indexAnnotations).length > 0;
  return { name, images, tags, index, indexAnnotations };
}

/** One platform's image with everything that text can say already checked and read. */
interface CheckedImage extends PlatformRequest {
  readonly base: string | undefined;
  readonly change: ConfigChange;
  readonly layers: readonly PlannedLayer[];
  readonly created: string;
  readonly mtime: number;
  readonly filesBase: string;
}

function checkImage(asked: PlatformRequest, { system }: World, { contextRoot }: PlanOptions): CheckedImage {
  const { fields } = asked;
  const { files = {}, layers = [], assumeNew = [] } = fields;
  const filesBase = resolve(contextRoot, fields.filesBase ?? ".");
  for (const path of assumeNew) parseDestination(path);
  const checked = layers.map((layer, index) => checkLayer(layer, `layers[${index}].files`));
  const mtime = sourceDateEpoch(system);
  const created = parseCreated(fields.created ?? mtime);
  const change = configChange(fields);
  // Merged over nothing, it is refused here if its fields are wrong in themselves: before a base is asked for.
  mergeConfig(undefined, change, { platform: asked.platform, created });
  return {
    ...asked,
    base: baseName(fields.base, filesBase),
    change,
    layers: [...checked, checkLayer({ files }, "files")].filter((layer) => layer.files.length > 0),
    created,
    mtime,
    filesBase,
  };
}

/** What the world is asked for: nothing for scratch, a layout by its absolute folder, a reference that was read once. */
function baseName(base: string | undefined, folder: string): string | undefined {
  if (base === undefined || base === "scratch") return undefined;
  if (base.startsWith(layoutPrefix)) return layoutPrefix + resolve(folder, base.slice(layoutPrefix.length));
  try {
    parseReference(base);
  } catch (error) {
    throw during("base", error);
  }
  return base;
}

const layoutPrefix = "oci-layout:";

async function planImage(
  image: CheckedImage,
  world: World,
  { ignore, lists, ...io }: IoOptions & { readonly ignore: Ignore | undefined; readonly lists: LayerLists },
): Promise<ImagePlan> {
  const { platform, fields, mtime, filesBase } = image;
  const { assumeNew = [], baseTree = "auto", preserveMode = false } = fields;
  const onBase = image.base !== undefined;
  const listing = { filesBase, ignore, onBase, assumeNew, baseTree, preserveMode, mtime };
  const pinning = pinBase(image, world, io);
  const listed = allDone(image.layers.map((layer) => listLayer(layer, listing, { ...io, lists, world })));
  await allDone<unknown>([pinning, listed]);
  const base = await pinning;
  const layers = await placeLayers(image.layers, await listed, { base, listing, lists, world, ...io });
  const merged = mergeOnto(base, image);
  for (const message of merged.warnings)
    io.onEvent?.({ type: "warning", code: "GANTRY_BASE_CONFIG", message });
  return {
    platform,
    ...(base === undefined ? {} : { base }),
    layers,
    config: merged.config,
    history: [
      ...layers.map(({ createdBy }) => ({ createdBy, layer: true })),
      ...merged.changes.map((createdBy) => ({ createdBy, layer: false })),
    ],
    annotations: annotationsOf(fields.annotations, "manifest"),
  };
}

/** The change alone was merged before: what is refused now is the base's own fault. */
function mergeOnto(base: PinnedBase | undefined, { change, platform, created }: CheckedImage): MergedConfig {
  try {
    return mergeConfig(base?.image.config, change, { platform, created });
  } catch (error) {
    throw base === undefined ? error : during(`base ${base.name}`, error);
  }
}

async function pinBase(
  { base, platform, fields }: CheckedImage,
  world: World,
  io: IoOptions,
): Promise<PinnedBase | undefined> {
  if (base === undefined) return undefined;
  const name = fields.base ?? base;
  try {
    return { ...(await world.base(base, platform, io)), name };
  } catch (error) {
    io.signal?.throwIfAborted();
    throw during(`base ${name}`, error);
  }
}

function annotationsOf(
  annotations: Readonly<Record<string, string>> | undefined,
  of: "index" | "manifest",
): Record<string, string> {
  const prefix = "index:";
  const found = Object.entries(annotations ?? {}).filter(
    ([key]) => key.startsWith(prefix) === (of === "index"),
  );
  return Object.fromEntries(
    found.map(([key, value]) => [of === "index" ? key.slice(prefix.length) : key, value]),
  );
}

interface Ignore {
  readonly root: string;
  readonly matcher: Matcher;
}

function readIgnore(contextRoot: string): Ignore | undefined {
  const file = join(contextRoot, ".dockerignore");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw during(`reading ${file}`, error, "ERR_GANTRY_SOURCE_UNREADABLE");
  }
  return { root: contextRoot, matcher: parseIgnore(text, file).matcher };
}
