import { isWhiteout } from "../image-path.js";

/** What a member's name means in a layer (image-spec layer.md, "Whiteouts"). */
export type Naming =
  | { readonly type: "plain" }
  /** The layers below show nothing of this folder. */
  | { readonly type: "opaque" }
  /** The layers below do not show this name. */
  | { readonly type: "deletion"; readonly name: string }
  /** A whiteout of what cannot be deleted. */
  | { readonly type: "invalid" };

/** What the last part of a member's path means. */
export function namingOf(name: string): Naming {
  if (!isWhiteout(name) || isMetadata(name)) return plain;
  if (name === opaqueName) return { type: "opaque" };
  const hidden = name.slice(".wh.".length);
  return ["", ".", ".."].includes(hidden) ? { type: "invalid" } : { type: "deletion", name: hidden };
}

/** What AUFS kept in layers of old images: hardlinks may lead there, but it is no part of the image. */
export function isMetadata(name: string): boolean {
  return name.startsWith(".wh..wh.") && name !== opaqueName;
}

const opaqueName = ".wh..wh..opq";
const plain = { type: "plain" } as const;
