import type { IoOptions } from "../model/events.js";
import type { Platform } from "../model/oci.js";
import type { System } from "../system.js";
import type { PinnedBase } from "./plan.js";

/** What a frontend may ask of the world, injected: tests answer with a few lines, a build with registries and layouts. */
export interface World {
  readonly system: System;
  /**
   * The image that a base means for a platform: a reference by tag or digest, or `oci-layout:DIR[:name]` with an absolute
   * folder. Only its manifests and its config are read, and once however often it is asked for. Never asked for "scratch".
   * Throws ERR_GANTRY_PLATFORM_NOT_FOUND, listing what there is, where no image of it fits.
   */
  base(name: string, platform: Platform, options?: IoOptions): Promise<PinnedBase>;
}
