import type { BaseIssue, GenericSchema } from "valibot";
import { GantryError } from "../../errors.js";
import { type Problem, flattenIssues, formatPath, numericModes, refusedKeys } from "./problems.js";
import type { BuildRequest, Config } from "./request.js";

/** Finds where in a source file something is ("12:3"), for messages. */
export type Locate = (path: readonly PropertyKey[]) => string | undefined;

/** The value as a request; throws ERR_GANTRY_SPEC_INVALID listing every problem by path. `where` begins the message. */
export async function validateRequest(value: unknown, where: string = "request"): Promise<BuildRequest> {
  const { requestShape } = await import("./shapes.js");
  return (await validate(value, requestShape, { name: where })) as BuildRequest;
}

/** The value of a spec file (one request, or `images`), checked likewise; `locate` adds lines where the format has them. */
export async function validateConfig(value: unknown, file: string, locate?: Locate): Promise<Config> {
  const { imagesShape, singleShape } = await import("./shapes.js");
  const several = typeof value === "object" && value !== null && "images" in value;
  const text = /\.(?:json|ya?ml)$/.test(file);
  return (await validate(value, several ? imagesShape : singleShape, { name: file, locate, text })) as Config;
}

/** How messages call what is checked. */
export interface Where {
  readonly name: string;
  readonly locate?: Locate | undefined;
  /** Whether the value was written as JSON or YAML. */
  readonly text?: boolean;
}

/** The value, checked against a shape; throws ERR_GANTRY_SPEC_INVALID listing every problem by path. */
export async function validate(value: unknown, shape: GenericSchema, where: Where): Promise<unknown> {
  const { safeParse } = await import("valibot");
  const refused = refusedKeys(value);
  if (refused.length > 0) throw invalid(where, refused);
  const { issues } = safeParse(shape, value);
  const problems = issues === undefined ? [] : flattenIssues(issues as readonly BaseIssue<unknown>[]);
  if (where.text === true && problems.length === 0) problems.push(...numericModes(value));
  if (problems.length > 0) throw invalid(where, problems);
  return value;
}

function invalid({ name, locate }: Where, problems: readonly Problem[]): GantryError {
  const lines = problems.slice(0, mostShown).map(({ path, at = path, text }) => {
    const position = locate?.(at);
    return [...(position === undefined ? [] : [`line ${position}`]), formatPath(path), text]
      .filter(Boolean)
      .join(": ");
  });
  if (problems.length > mostShown) lines.push(`and ${problems.length - mostShown} more`);
  const message =
    lines.length === 1
      ? `${name}: ${lines[0]}`
      : `${name}: ${problems.length} problems\n  ${lines.join("\n  ")}`;
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}

const mostShown = 20;
