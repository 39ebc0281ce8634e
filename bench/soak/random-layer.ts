import { createHash } from "node:crypto";
import type { Content } from "../../src/model/content.js";
import { mediaTypes } from "../../src/model/oci.js";
import { randomBytes } from "./random.js";

/** A layer of seeded bytes that are made as they are read: nothing holds them. */
export function randomLayer(seed: number, size: number): Content & { opened: number } {
  const hash = createHash("sha256");
  for (const bytes of randomBytes(seed, { size })) hash.update(bytes);
  return {
    descriptor: { mediaType: mediaTypes.layerTar, digest: `sha256:${hash.digest("hex")}`, size },
    opened: 0,
    async *open({ start } = {}) {
      yield* randomBytes(seed, { start, size });
    },
  };
}
