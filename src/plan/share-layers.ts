import type { Entry, ImagePlan, LayerPlan, Stamp } from "./plan.js";

/**
 * The same images, where layers that are equal are one: a layer is made once however many platforms have it, and it is
 * told by its list.
 */
export function shareLayers(images: readonly ImagePlan[]): readonly ImagePlan[] {
  const known = new Map<string, LayerPlan[]>();
  const shared = (layer: LayerPlan): LayerPlan => {
    const alike = known.get(layer.createdBy) ?? [];
    const equal = alike.find((other) => areEqual(other, layer));
    if (equal === undefined) known.set(layer.createdBy, [...alike, layer]);
    return equal ?? layer;
  };
  return images.map((image) => ({ ...image, layers: image.layers.map(shared) }));
}

function areEqual(one: LayerPlan, other: LayerPlan): boolean {
  if (one.streamed === undefined && other.streamed === undefined)
    return haveSameEntries(one.entries, other.entries);
  return one.streamed?.keys.stamps === other.streamed?.keys.stamps;
}

function haveSameEntries(one: readonly Entry[], other: readonly Entry[]): boolean {
  return (
    one === other || (one.length === other.length && one.every((entry, at) => isSame(entry, other[at]!)))
  );
}

function isSame(one: Entry, other: Entry): boolean {
  return (
    one.path === other.path &&
    one.type === other.type &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.mtime === other.mtime &&
    one.size === other.size &&
    one.linkTarget === other.linkTarget &&
    one.device === other.device &&
    one.xattrs === other.xattrs &&
    areSameBytes(one.bytes, other.bytes)
  );
}

function areSameBytes(one: Entry["bytes"], other: Entry["bytes"]): boolean {
  if (one?.type === "file" && other?.type === "file")
    return one.path === other.path && one.offset === other.offset && areSameStamps(one.stamp, other.stamp);
  if (one?.type === "inline" && other?.type === "inline") return Buffer.compare(one.bytes, other.bytes) === 0;
  return one === other;
}

function areSameStamps(one: Stamp, other: Stamp): boolean {
  return (
    one.dev === other.dev && one.ino === other.ino && one.mtime === other.mtime && one.ctime === other.ctime
  );
}
