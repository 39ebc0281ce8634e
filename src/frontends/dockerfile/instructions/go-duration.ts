import { nanosecondsOf } from "../../../model/duration.js";
import { quote } from "../../../model/quote.js";
import { invalid } from "./invalid.js";

/**
 * Nanoseconds of what Go's time.ParseDuration reads: "1h30m", "-1.5s", ".5s", "0"; parts of a nanosecond are cut off.
 * Throws ERR_GANTRY_DOCKERFILE_INVALID in its words, also for more than 104 days, which a number does not hold exactly.
 */
export function parseGoDuration(text: string): number {
  const [, sign, rest] = /^([-+]?)(.*)$/s.exec(text)!;
  if (rest === "0") return 0;
  if (rest === "") throw invalidDuration(text);
  let total = 0;
  for (let left = rest!; left !== "";) {
    const [all, whole = "", fraction = "", unit] = /^(\d*)(?:\.(\d*))?([^.\d]*)/s.exec(left)!;
    if (whole === "" && fraction === "") throw invalidDuration(text);
    if (unit === "") throw invalid(`time: missing unit in duration ${quote(text)}`);
    const size = Object.hasOwn(nanosecondsOf, unit!)
      ? nanosecondsOf[unit as keyof typeof nanosecondsOf]
      : undefined;
    if (size === undefined) throw invalid(`time: unknown unit ${quote(unit!)} in duration ${quote(text)}`);
    total += Number(whole) * size + Math.floor(Number(fraction) * (size / 10 ** fraction.length));
    left = left.slice(all.length);
  }
  if (!Number.isSafeInteger(total)) throw invalidDuration(text);
  return sign === "-" ? -total : total;
}

function invalidDuration(text: string) {
  return invalid(`time: invalid duration ${quote(text)}`);
}
