import { archiveCases } from "./archives.js";
import type { DockerfileCase } from "./case.js";
import { configurationCases } from "./configuration.js";
import { copyingCases } from "./copying.js";
import { onBaseCases } from "./on-base.js";
import { copyingFlagCases } from "./copying-flags.js";
import { copyingPlaceCases } from "./copying-places.js";
import { cornerCases } from "./corners.js";
import { rareCases } from "./rarely.js";
import { remoteCases } from "./remote.js";
import { hardlinkCases } from "./hardlinks.js";
import { onbuildCases } from "./onbuild.js";
import { parentsCases } from "./parents.js";
import { textCases } from "./text.js";
import { variableCases } from "./variables.js";

/** Every Dockerfile whose image BuildKit has built once, so that ours is compared with it. */
export const cases: readonly DockerfileCase[] = [
  ...textCases,
  ...variableCases,
  ...configurationCases,
  ...copyingCases,
  ...onBaseCases,
  ...copyingPlaceCases,
  ...copyingFlagCases,
  ...cornerCases,
  ...rareCases,
  ...remoteCases,
  ...archiveCases,
  ...parentsCases,
  ...onbuildCases,
  ...hardlinkCases,
];
