import { wholeDockerfile, type DockerfileReading } from "../dockerfile.js";
import type { GivenVariables } from "../stages/global-variables.js";
import { checkFroms } from "./check-from.js";
import { checkText } from "./check-text.js";
import type { Report } from "./checks.js";

/** The rules that the file alone answers, whatever stages are needed. */
export function checkFile(reading: DockerfileReading, given: GivenVariables, report: Report): void {
  checkText(reading, report);
  if (reading.failure === undefined) checkFroms(wholeDockerfile(reading), given, report);
}
