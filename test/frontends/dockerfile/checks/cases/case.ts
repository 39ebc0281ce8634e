import type { DockerfileCase } from "../../cases/case.js";

/** A Dockerfile that is checked, named after the rule or the setting it is about. */
export interface CheckCase extends DockerfileCase {
  /** Whether it is only checked: what would have to be built has a RUN, or is not what the case is about. */
  readonly onlyChecked?: boolean;
  /** Whether the file is at fault beyond warnings, so that the check has an error too. */
  readonly isFaulty?: boolean;
}

/** What BuildKit's checks made of a case. */
export interface CheckOutcome {
  /** The text that `requestid=frontend.lint` gives: warnings with the lines around them. */
  readonly check: string;
  /** Of a build: its warnings in the order of their texts, and why it failed. */
  readonly build?: { readonly warnings: readonly BuildWarning[]; readonly error?: string };
}

/** A warning of a build. */
export interface BuildWarning {
  /** "StageNameCasing: Stage name 'A' should be lowercase (line 1)". */
  readonly short: string;
  readonly description: string;
  readonly url?: string;
}

/** What stands for the base image's name, which has another port each time. */
export const baseImage = "BASE-IMAGE";

/** A row of a table of cases. */
export type Row = readonly [name: string, dockerfile: string, more?: Omit<CheckCase, "name" | "dockerfile">];

export function casesOf(rows: readonly Row[]): readonly CheckCase[] {
  return rows.map(([name, dockerfile, more]) => ({ name, dockerfile, ...more }));
}
