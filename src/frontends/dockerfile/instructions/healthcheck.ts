import { quote } from "../../../model/quote.js";
import type { HealthcheckConfig } from "../../../model/oci.js";
import { splitHealthcheck } from "../parse/split-healthcheck.js";
import type { Statement } from "../parse/statement.js";
import { commandLine } from "./command-line.js";
import { readFlags } from "./flags.js";
import { parseGoDuration } from "./go-duration.js";
import type { HealthcheckInstruction } from "./instruction.js";
import { invalid, requireArguments } from "./invalid.js";

/** `HEALTHCHECK NONE`, or `HEALTHCHECK [flags] CMD …`. */
export function parseHealthcheck(statement: Statement): HealthcheckInstruction {
  const words = splitHealthcheck(statement.rest);
  if (words === undefined) requireArguments("HEALTHCHECK", []);
  const { type, rest } = words!;
  const kind = type.toUpperCase();
  if (kind === "NONE") {
    if (rest !== "") throw invalid("HEALTHCHECK NONE takes no arguments");
    return { type: "HEALTHCHECK", statement, check: { Test: ["NONE"] } };
  }
  return { type: "HEALTHCHECK", statement, check: { Test: testOf(kind, rest), ...settings(statement) } };
}

function testOf(kind: string, rest: string): readonly string[] {
  if (kind !== "CMD") throw invalid(`Unknown type ${quote(kind)} in HEALTHCHECK (try CMD)`);
  const { words, forShell } = commandLine(rest);
  if (words.length === 0) throw invalid("Missing command after HEALTHCHECK CMD");
  return [forShell ? "CMD-SHELL" : "CMD", ...words];
}

const durations = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
} as const;

function settings({ flags }: Statement): Omit<HealthcheckConfig, "Test"> {
  const given = readFlags(flags, {
    interval: "text",
    timeout: "text",
    "start-period": "text",
    "start-interval": "text",
    retries: "text",
  });
  const found: Record<string, number> = {};
  for (const [flag, field] of Object.entries(durations)) {
    const value = nanoseconds(flag, given[flag as keyof typeof durations] ?? "");
    if (value !== 0) found[field] = value;
  }
  const retries = countOf(given.retries ?? "");
  return retries === 0 ? found : { ...found, Retries: retries };
}

/** What is 0 or not said is the runtime's default, and not written. */
function nanoseconds(flag: string, text: string): number {
  if (text === "") return 0;
  const value = parseGoDuration(text);
  if (value !== 0 && value < 1e6) throw invalid(`Interval ${quote(flag)} cannot be less than 1ms`);
  return value;
}

function countOf(text: string): number {
  if (text === "") return 0;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count) || count > 2 ** 31 - 1)
    throw invalid(`--retries is ${quote(text)}: expected a number`);
  if (count < 0) throw invalid(`--retries cannot be negative (${count})`);
  return count;
}
