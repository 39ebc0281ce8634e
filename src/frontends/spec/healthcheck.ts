import { GantryError, during } from "../../errors.js";
import { nanosecondsOf } from "../../model/duration.js";
import type { HealthcheckConfig } from "../../model/oci.js";
import type { HealthcheckSpec } from "./request.js";

/** The configuration's form of a health check: Docker's words, durations in nanoseconds, fields that were not given left out. */
export function healthcheckConfig(spec: HealthcheckSpec): HealthcheckConfig {
  const { interval, timeout, startPeriod, startInterval, retries } = spec;
  return {
    Test: parseTest(spec.test),
    ...nanoseconds("Interval", "interval", interval),
    ...nanoseconds("Timeout", "timeout", timeout),
    ...nanoseconds("StartPeriod", "startPeriod", startPeriod),
    ...nanoseconds("StartInterval", "startInterval", startInterval),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}

function parseTest(test: string | readonly string[]): readonly string[] {
  if (typeof test === "string" && test.trim() !== "") return ["CMD-SHELL", test];
  const [first] = test;
  if (typeof test !== "string") {
    if (first === "NONE" && test.length === 1) return test;
    if ((first === "CMD" || first === "CMD-SHELL") && test.length > 1) return test;
  }
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `healthcheck.test: expected a string for a shell, or a list like ["CMD", "/probe"], ["CMD-SHELL", "..."] or ["NONE"]`,
  );
}

function nanoseconds(name: string, field: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  try {
    const value = parseDuration(text);
    if (value !== 0 && value < nanosecondsOf.ms) throw invalidDuration(text, "at least 1ms, or 0s");
    return { [name]: value };
  } catch (error) {
    throw during(`healthcheck.${field}`, error);
  }
}

/** Nanoseconds of a duration as Go writes it ("1m30s", "1.5h", "500ms", "0"), not negative (Go's time.ParseDuration). */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (!durationPattern.test(text)) throw invalidDuration(text, 'a duration like "30s" or "1m30s"');
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)([a-z\u00b5\u03bc]+)/g)) {
    total += Number(amount) * nanosecondsOf[unit as keyof typeof nanosecondsOf];
  }
  if (!Number.isSafeInteger(Math.round(total))) throw invalidDuration(text, "less than 104 days");
  return Math.round(total);
}

/** What a duration is as text. */
export const durationPattern: RegExp = /^(?:0|(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/;

function invalidDuration(text: string, expected: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `expected ${expected}, got ${JSON.stringify(text)}`);
}
