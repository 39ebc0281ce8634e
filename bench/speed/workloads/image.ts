import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { randomBytes } from "../../soak/random.js";
import type { Workload } from "./workload.js";

const megabytes = [76, 48, 24, 12, 8];

/** The layers of an image of 168 MB: `layer-N`, of bytes that no compression makes fewer. */
export const image: Workload = {
  name: "image",
  definition: `image 1: layers of ${megabytes.join(", ")} MB`,
  make: async (folder) => {
    for (const [layer, size] of megabytes.entries()) {
      const file = createWriteStream(join(folder, `layer-${layer}`));
      await pipeline(Readable.from(randomBytes(layer, { size: size * 1e6 })), file);
    }
  },
};

/** As `gantry build --add` takes them: each a layer of its own. */
export const imageLayers: readonly string[] = megabytes.map((_, layer) => `layer-${layer}:/layer-${layer}`);
