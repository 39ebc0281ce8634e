import { editDistance } from "../../../errors.js";

/**
 * " (did you mean NAME?)" for the first of the nearest known names that are less than three letters away; else, or for
 * a known one, "".
 */
export function suggestName(name: string, known: Iterable<string>, prefix = ""): string {
  let nearest: string | undefined;
  let distance = 3;
  for (const candidate of known) {
    if (candidate === name) return "";
    // So many letters more or less are as many away at least, which spares the counting.
    if (Math.abs(candidate.length - name.length) >= distance) continue;
    const away = editDistance(name, candidate);
    if (away < distance) [nearest, distance] = [candidate, away];
  }
  return nearest === undefined ? "" : ` (did you mean ${prefix}${nearest}?)`;
}
