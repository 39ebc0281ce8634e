import { GantryError } from "../../../errors.js";
import type { OnEvent } from "../../../model/events.js";
import type { SourceRange } from "../source.js";
import { detailOf, rules, type Rule, type RuleName } from "./rules.js";
import { instructionSettings, isAsked, type CheckSettings } from "./settings.js";

/** A rule that the lines of a Dockerfile break. */
export interface Violation {
  readonly rule: Rule;
  /** In one line, what is wrong with these lines. */
  readonly detail: string;
  readonly range: SourceRange;
}

/** What a violation is about: an instruction's lines, and the comments above it, which may skip the rule. */
export interface CheckPlace {
  readonly range: SourceRange;
  readonly comments?: readonly string[];
}

/** Tells that a rule is broken, with the words of its message; nothing comes of it where the rule is skipped. */
export type Report = (name: RuleName, place: CheckPlace, ...words: readonly string[]) => void;

/** The checks of one file, while they are made. */
export interface Checks {
  readonly report: Report;
  /** Whether a violation fails the build. */
  readonly fatal: boolean;
  /** Throws what `error=true` makes of the violations so far, if there are any, in BuildKit's words. */
  refuseViolations(): void;
}

/** Begins the checks of a file; every violation that counts is told once, as it is found. */
export function createChecks(settings: CheckSettings, onViolation: (violation: Violation) => void): Checks {
  const broken = new Set<RuleName>();
  return {
    fatal: settings.error,
    report(name, { range, comments = [] }, ...words) {
      const rule = rules[name];
      if (!isAsked(rule, instructionSettings(settings, comments))) return;
      // The directive is docker's too: it must not fail a build here that passes there.
      if (!rule.own) broken.add(name);
      onViolation({ rule, range, detail: detailOf(name, words) });
    },
    refuseViolations() {
      if (!settings.error || broken.size === 0) return;
      throw new GantryError(
        "ERR_GANTRY_DOCKERFILE_INVALID",
        `lint violation found for rules: ${[...broken].join(", ")}`,
      );
    },
  };
}

/** Makes a warning of each violation, under the rule's name. */
export function warnOfViolations(onEvent: OnEvent | undefined): (violation: Violation) => void {
  return (violation) =>
    onEvent?.({ type: "warning", code: violation.rule.name, message: formatViolation(violation) });
}

/**
 * A violation in one line, as BuildKit tells it in a build: "StageNameCasing: Stage name 'A' should be lowercase (line
 * 1)".
 */
function formatViolation({ rule, detail, range }: Violation): string {
  return `${rule.name}: ${detail} (line ${range.start})`;
}
