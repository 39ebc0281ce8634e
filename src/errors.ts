interface ErrorAbout {
  /** What the command line ends with: 1 failure, 2 usage, 3 no image for the platform, 130 interrupt. */
  readonly exitStatus: 1 | 2 | 3 | 130;
  /** When it happens and what to do, for docs/errors.md. */
  readonly about: string;
}

const codes = {
  ERR_GANTRY_USAGE: {
    exitStatus: 2,
    about:
      "A flag, an argument or a combination of them makes no sense; the message names it and what is expected, `gantry COMMAND --help` lists the flags.",
  },
  ERR_GANTRY_REFERENCE_INVALID: {
    exitStatus: 2,
    about:
      "An image's name cannot be read; write REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@DIGEST, repositories in lower case.",
  },
  ERR_GANTRY_DIGEST_INVALID: {
    exitStatus: 2,
    about: "A digest cannot be read; write `sha256:` and 64 hexadecimal digits in lower case.",
  },
  ERR_GANTRY_PLATFORM_INVALID: {
    exitStatus: 2,
    about:
      "A platform cannot be read; write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT in Go's names, as `linux/arm/v7`.",
  },
  ERR_GANTRY_SPEC_INVALID: {
    exitStatus: 2,
    about:
      "A field of the spec or request is unknown or holds something else than it should; the message has its path, what was expected and the nearest known name.",
  },
  ERR_GANTRY_SPEC_NOT_FOUND: {
    exitStatus: 2,
    about:
      "The context folder has neither spec file nor Dockerfile; write one, name it with `--config` or `-f`, or give `--base` and let the flags be the request.",
  },
  ERR_GANTRY_DOCKERFILE_INVALID: {
    exitStatus: 2,
    about:
      "A Dockerfile cannot be read or says something that makes no sense; the message names the line, what was expected, and shows the lines around it.",
  },
  ERR_GANTRY_NO_DESTINATION: {
    exitStatus: 2,
    about: "Something is to be pushed and no name says where; give a full reference, with `-t` for a build.",
  },
  ERR_GANTRY_UNSUPPORTED: {
    exitStatus: 2,
    about:
      "What was asked for cannot be done by this format, by this version of Node or by Gantry at all; the message says which and what to use instead.",
  },
  ERR_GANTRY_PLATFORM_NOT_FOUND: {
    exitStatus: 3,
    about:
      "A base or a source has no image for the wanted platform; choose one of those that the message lists.",
  },
  ERR_GANTRY_SOURCE_NOT_FOUND: {
    exitStatus: 1,
    about:
      "A source that the request names is not there, or `.dockerignore` leaves it out; mend the path or the rules.",
  },
  ERR_GANTRY_SOURCE_UNREADABLE: {
    exitStatus: 1,
    about: "A source, a spec file or a folder may not be read; mend its permissions.",
  },
  ERR_GANTRY_SOURCE_CHANGED: {
    exitStatus: 1,
    about: "A source changed or vanished while it was being packed; build again when nothing writes to it.",
  },
  ERR_GANTRY_SOURCE_UNSUPPORTED: {
    exitStatus: 1,
    about:
      "A source cannot be put into a layer (a device, a socket, a `.wh.` name, a name that is not UTF-8); exclude or rename it.",
  },
  ERR_GANTRY_TAR_INVALID: {
    exitStatus: 1,
    about: "A layer or an archive is not a sound tar; make the file anew or copy it again.",
  },
  ERR_GANTRY_DESTINATION_LINKED: {
    exitStatus: 1,
    about:
      "A destination goes through a path that bases keep as a symlink, so that the layer would hide the base's files; use the spelling in the message, `--base-tree auto`, or `--assume-new`.",
  },
  ERR_GANTRY_DESTINATION_TAKEN: {
    exitStatus: 1,
    about:
      "The base has a folder where a file is added, or a file where a folder is, so that the layer would hide it; end the destination with a slash for the file to go into the folder, choose another one, or pass `--assume-new`.",
  },
  ERR_GANTRY_MANIFEST_INVALID: {
    exitStatus: 1,
    about:
      "A manifest, an index or an image's configuration is not what the specification says; the image is broken and must be made anew with its own tool.",
  },
  ERR_GANTRY_CONTENT_MISMATCH: {
    exitStatus: 1,
    about:
      "Bytes are not those that their digest and size promise; try again, and suspect the place they came from if that does not help.",
  },
  ERR_GANTRY_NOT_FOUND: {
    exitStatus: 1,
    about:
      "An image, a name or a blob is not in the place that was asked; the message lists what is there or the nearest name.",
  },
  ERR_GANTRY_NETWORK: {
    exitStatus: 1,
    about:
      "A host cannot be reached, or the connection broke and stayed broken over the retries; check its name, the network and, for http, `--insecure`.",
  },
  ERR_GANTRY_DOWNLOAD: {
    exitStatus: 1,
    about:
      "A URL or a git repository of a build could not be fetched: the server refused, or git is missing or failed; the message says which, in their words. Check the address, the ref and who may read it.",
  },
  ERR_GANTRY_REGISTRY: {
    exitStatus: 1,
    about:
      "A registry refused a request or answered it wrongly; the message has its status and its own words.",
  },
  ERR_GANTRY_UNAUTHORIZED: {
    exitStatus: 1,
    about:
      "A registry wants other credentials or grants these too little; `gantry login REGISTRY`, or check what the account may do.",
  },
  ERR_GANTRY_CREDENTIALS: {
    exitStatus: 1,
    about: "A file of credentials or a credential helper cannot be used; mend or remove it.",
  },
  ERR_GANTRY_LIMIT: {
    exitStatus: 1,
    about: "Something is larger or more deeply nested than Gantry reads, as a hostile image would be.",
  },
  ERR_GANTRY_STORE: {
    exitStatus: 1,
    about:
      "The cache folder cannot be read or written, or holds damaged images; check the disk, then `gantry cache verify`.",
  },
  ERR_GANTRY_OUTPUT: {
    exitStatus: 1,
    about:
      "A file could not be written, or a local engine did not take the image; check the path, the disk and the engine.",
  },
  ERR_GANTRY_ENGINE: {
    exitStatus: 1,
    about:
      "An engine that `RUN` was handed to is not on the PATH, or could not make the stage; the message has its exit status and its last lines.",
  },
  ERR_GANTRY_PUSH_FAILED: {
    exitStatus: 1,
    about:
      "Some of several destinations failed; the message has each one's reason and which names have moved already.",
  },
  ERR_GANTRY_INTERNAL: {
    exitStatus: 1,
    about: "A fault of Gantry itself; please report it with what `--debug` prints.",
  },
  ERR_GANTRY_INTERRUPTED: {
    exitStatus: 130,
    about: "The work was interrupted; no name has moved that was not told.",
  },
} as const;

/** Every code an error of Gantry can carry, in the order of docs/errors.md. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorAbout>> = codes;

/** A stable name for a kind of failure. Codes are added, never renamed. */
export type ErrorCode = keyof typeof codes;

/** The place in a text of the user's that an error is about, counted from 0. */
export interface Pointer {
  readonly text: string;
  readonly offset: number;
}

/** What every function of Gantry throws: one line that names the thing, what was expected and what to do. */
export class GantryError extends Error {
  readonly code: ErrorCode;
  /** Where there is one offending character, for the command line to point at. */
  declare readonly pointer?: Pointer;

  constructor(
    code: ErrorCode,
    message: string,
    { pointer, ...options }: { readonly cause?: unknown; readonly pointer?: Pointer | undefined } = {},
  ) {
    super(message, options);
    this.name = "GantryError";
    this.code = code;
    if (pointer !== undefined) this.pointer = pointer;
  }

  /** The exit status the command line ends with: 1 failure, 2 usage, 3 no image for the platform, 130 interrupt. */
  get exitStatus(): number {
    return codes[this.code].exitStatus;
  }
}

/**
 * Puts the phrase of what was being done before an error's message ("reading layer dist/: …"), keeping its class,
 * code and fields. Anything that is not a GantryError becomes one of the given code, with the original as its cause.
 */
export function during(phrase: string, error: unknown, code: ErrorCode = "ERR_GANTRY_INTERNAL"): Error {
  if (error instanceof GantryError)
    return error.code === "ERR_GANTRY_INTERRUPTED" ? error : prefixed(phrase, error);
  if (error instanceof Error && error.name === "AbortError") return error;
  return new GantryError(code, `${phrase}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** A copy with a longer message: the error itself may be on its way to others who asked for the same thing. */
function prefixed(phrase: string, error: GantryError): GantryError {
  const fields = Object.getOwnPropertyDescriptors(error);
  const message = { ...fields.message, value: `${phrase}: ${error.message}` };
  // Newer engines compute it from the error itself: a copy has none unless it is given as a value.
  const stack = { value: error.stack, configurable: true, writable: true };
  return Object.create(Object.getPrototypeOf(error) as object, { ...fields, message, stack }) as GantryError;
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

/** Levenshtein's distance; infinite for words longer than 64 characters. */
export function editDistance(a: string, b: string): number {
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
