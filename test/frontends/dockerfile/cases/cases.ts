import type { DockerfileCase } from "./case.js";
import { configurationCases } from "./configuration.js";
import { copyingCases } from "./copying.js";
import { fuzzedCases } from "./found-by-fuzzing.js";
import { textCases } from "./text.js";
import { variableCases } from "./variables.js";

/** Every Dockerfile whose image BuildKit has built once, so that ours is compared with it. */
export const cases: readonly DockerfileCase[] = [
  ...textCases,
  ...variableCases,
  ...configurationCases,
  ...copyingCases,
  ...fuzzedCases,
];
