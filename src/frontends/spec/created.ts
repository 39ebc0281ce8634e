import { GantryError } from "../../errors.js";
import type { System } from "../../system.js";

/** A creation time as the configuration holds it: RFC 3339 in UTC, with milliseconds only where there are any. */
export function parseCreated(created: string | number): string {
  const time = typeof created === "number" ? created * 1000 : Date.parse(isDate(created) ? created : "");
  if (Number.isInteger(Math.round(time)) && time >= 0 && time <= lastMillisecond) {
    return new Date(Math.round(time)).toISOString().replace(".000Z", "Z");
  }
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `created ${JSON.stringify(created)}: expected a time like "2026-01-31T12:00:00Z" or seconds since 1970`,
  );
}

/** A time of day on a day that exists: Date.parse would take February 31st for a day in March. */
function isDate(text: string): boolean {
  if (!rfc3339.test(text)) return false;
  const [year, month, day] = [text.slice(0, 4), text.slice(5, 7), text.slice(8, 10)].map(Number) as [
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** The time of everything that has none of its own, in seconds since 1970: SOURCE_DATE_EPOCH, else 0 (reproducible-builds.org). */
export function sourceDateEpoch(system: System): number {
  const text = system.env["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return 0;
  if (/^[0-9]{1,12}$/.test(text) && Number(text) * 1000 <= lastMillisecond) return Number(text);
  throw new GantryError(
    "ERR_GANTRY_USAGE",
    `SOURCE_DATE_EPOCH: expected whole seconds since 1970, got ${JSON.stringify(text)}`,
  );
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

// RFC 3339 has four digits for a year.
const lastMillisecond = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
