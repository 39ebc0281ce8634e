/** The arguments of a HEALTHCHECK after its flags. */
export interface HealthcheckWords {
  /** As written: "CMD", "none". */
  readonly type: string;
  /** What follows it: JSON or a line for a shell; "" for nothing. */
  readonly rest: string;
}

/** Splits the type from the rest, at ASCII blanks only. Undefined for nothing. */
export function splitHealthcheck(rest: string): HealthcheckWords | undefined {
  const match = /^([^\t-\r ]+)[\t-\r ]*/.exec(rest);
  return match === null ? undefined : { type: match[1]!, rest: rest.slice(match[0].length) };
}
