import { GantryError, type ErrorCode } from "../../../errors.js";
import { formatPlatform } from "../../../model/platform.js";
import type { IoOptions } from "../../../model/events.js";
import type { Platform } from "../../../model/oci.js";
import { OtherPlatformError } from "../../../places/artifact.js";
import type { PinnedBase } from "../../../plan/plan.js";
import type { World } from "../../../plan/world.js";

/** The image that a name means for a platform; undefined where nobody could be asked, so that nothing is known of it. */
export type AskBase = (name: string, platform: Platform) => Promise<PinnedBase | undefined>;

/**
 * Asks for bases as a check does: an image for another platform is one to tell of and to go on with, and a registry that
 * does not answer, or not to us, is a warning. Rejects where a registry says that there is no such image.
 */
export function forgivingAsk(world: World, io: IoOptions): AskBase {
  return async (name, platform) => {
    try {
      return await world.base(name, platform, io);
    } catch (error) {
      io.signal?.throwIfAborted();
      if (error instanceof OtherPlatformError && isForeign(error.image.platform, platform))
        return { name, image: error.image };
      if (!(error instanceof GantryError) || !unanswered.has(error.code)) throw error;
      const message = `base ${name} (${formatPlatform(platform)}) could not be asked, so variables of stages on it are not checked: ${error.message}`;
      io.onEvent?.({ type: "warning", code: "GANTRY_BASE_UNKNOWN", message });
      return undefined;
    }
  };
}

/** Of a mere variant BuildKit's rule says nothing. */
export function isForeign(actual: Platform, wanted: Platform): boolean {
  return actual.os !== wanted.os || actual.architecture !== wanted.architecture;
}

const unanswered: ReadonlySet<ErrorCode> = new Set([
  "ERR_GANTRY_NETWORK",
  "ERR_GANTRY_REGISTRY",
  "ERR_GANTRY_UNAUTHORIZED",
  "ERR_GANTRY_CREDENTIALS",
]);
