/** Every code an error of Gantry can carry, with the exit status the command line gives it: 2 usage, 1 failure, 130 interrupt. */
const exitStatus = {
  ERR_GANTRY_USAGE: 2,
  ERR_GANTRY_REFERENCE_INVALID: 2,
  ERR_GANTRY_DIGEST_INVALID: 2,
  ERR_GANTRY_PLATFORM_INVALID: 2,
  ERR_GANTRY_SPEC_INVALID: 2,
  ERR_GANTRY_SPEC_NOT_FOUND: 2,
  ERR_GANTRY_NO_DESTINATION: 2,
  ERR_GANTRY_UNSUPPORTED: 2,
  ERR_GANTRY_PLATFORM_NOT_FOUND: 1,
  ERR_GANTRY_SOURCE_NOT_FOUND: 1,
  ERR_GANTRY_SOURCE_UNREADABLE: 1,
  ERR_GANTRY_SOURCE_CHANGED: 1,
  ERR_GANTRY_SOURCE_UNSUPPORTED: 1,
  ERR_GANTRY_TAR_INVALID: 1,
  ERR_GANTRY_DESTINATION_LINKED: 1,
  ERR_GANTRY_MANIFEST_INVALID: 1,
  ERR_GANTRY_CONTENT_MISMATCH: 1,
  ERR_GANTRY_NOT_FOUND: 1,
  ERR_GANTRY_NETWORK: 1,
  ERR_GANTRY_REGISTRY: 1,
  ERR_GANTRY_UNAUTHORIZED: 1,
  ERR_GANTRY_CREDENTIALS: 1,
  ERR_GANTRY_LIMIT: 1,
  ERR_GANTRY_STORE: 1,
  ERR_GANTRY_OUTPUT: 1,
  ERR_GANTRY_PUSH_FAILED: 1,
  ERR_GANTRY_INTERNAL: 1,
  ERR_GANTRY_INTERRUPTED: 130,
} as const;

/** A stable name for a kind of failure. Codes are added, never renamed. */
export type ErrorCode = keyof typeof exitStatus;

/** What every function of Gantry throws: one line that names the thing, what was expected and what to do. */
export class GantryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "GantryError";
    this.code = code;
  }

  /** The exit status the command line ends with: 2 usage, 1 failure, 130 interrupt. */
  get exitStatus(): number {
    return exitStatus[this.code];
  }
}

/**
 * Puts the phrase of what was being done before an error's message ("reading layer dist/: …"), keeping its class,
 * code and fields. Anything that is not a GantryError becomes one of the given code, with the original as its cause.
 */
export function during(phrase: string, error: unknown, code: ErrorCode = "ERR_GANTRY_INTERNAL"): Error {
  if (error instanceof Error && (error.name === "AbortError" || error instanceof GantryError)) {
    if (error instanceof GantryError) error.message = `${phrase}: ${error.message}`;
    return error;
  }
  return new GantryError(code, `${phrase}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** " (did you mean "env"?)" where one of the known words is near the given one, else "". */
export function suggest(word: string, known: Iterable<string>): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}

/** Levenshtein's distance; words longer than 64 characters are not compared. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const swap = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
