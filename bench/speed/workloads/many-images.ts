import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixedBytes } from "./mixed-bytes.js";
import type { Workload } from "./workload.js";

const images = 1000;
const files = ["index.js", "config.json", "README.md"];

/** 1,000 folders `images/N` of three files, and `shared`, which is a layer of every image. */
export const manyImages: Workload = {
  name: "plan",
  definition: `plan 1: ${images} images of ${files.join(", ")}`,
  make: (folder) => {
    mkdirSync(join(folder, "shared"));
    writeFileSync(join(folder, "shared", "runtime.js"), Buffer.concat([...mixedBytes(0, 64 * 1024)]));
    for (let image = 0; image < images; image++) {
      mkdirSync(join(folder, "images", String(image)), { recursive: true });
      for (const [number, file] of files.entries())
        writeFileSync(
          join(folder, "images", String(image), file),
          Buffer.concat([...mixedBytes(image * files.length + number + 1, 2048)]),
        );
    }
  },
};

/** Changes one file of one image, to what it never was before. */
export function changeOneImage(folder: string): void {
  writeFileSync(join(folder, "images", "500", "config.json"), `${JSON.stringify(randomUUID())}\n`);
}

/** The spec of all images, each to a repository of its own at the host. */
export function imagesSpec(folder: string, host: string): unknown {
  return {
    images: Array.from({ length: images }, (_, image) => ({
      name: `image-${image}`,
      tags: [`${host}/bench/image-${image}:1`],
      filesBase: folder,
      layers: [
        { name: "shared", files: { "/shared": "shared" } },
        { name: "own", files: { "/app": `images/${image}` } },
      ],
    })),
  };
}
