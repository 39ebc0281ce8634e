import type { CheckCase } from "./case.js";
import { copyingCases } from "./copying.js";
import { fromCases } from "./from.js";
import { settingCases } from "./settings.js";
import { stageCases } from "./stages.js";
import { writingCases } from "./writing.js";

/** Every Dockerfile that BuildKit has checked once, so that ours is compared with it. */
export const checkCases: readonly CheckCase[] = [
  ...writingCases,
  ...fromCases,
  ...stageCases,
  ...copyingCases,
  ...settingCases,
];
