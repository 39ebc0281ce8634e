import { huge } from "./huge.js";
import { ignored } from "./ignored.js";
import { image } from "./image.js";
import { manyImages } from "./many-images.js";
import { manySmall } from "./many-small.js";
import { nodeModules } from "./node-modules.js";
import { program } from "./program.js";
import { small } from "./small.js";
import type { Workload } from "./workload.js";

/** All there are: their definitions name the work folder. */
export const workloads: readonly Workload[] = [
  program,
  nodeModules,
  manySmall,
  huge,
  ignored,
  manyImages,
  image,
  small,
];
