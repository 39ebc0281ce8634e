import type { System } from "../index.js";

/** The library as the commands see it. */
export type Api = typeof import("../index.js");

/** What a command has of the world: streams, clock and environment, the signal that stops it, and the library. */
export interface Terminal {
  readonly stdin: Input;
  /** Results only: `repository@digest`, JSON, listings. */
  readonly stdout: Output;
  /** Everything else. */
  readonly stderr: Output;
  readonly system: System;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** Loads the library; commands that only print help never call it. */
  readonly api: () => Promise<Api>;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Of the terminal now; undefined where there is none. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

export interface Input {
  readonly isTTY: boolean;
  /** Its bytes as they come; to be read once. */
  bytes(): AsyncIterable<Uint8Array>;
  /** All of it, as UTF-8. */
  readAll(): Promise<string>;
  /** One line typed without echo; rejects with ERR_GANTRY_INTERRUPTED on ctrl-C. */
  readSecret(): Promise<string>;
  /** One line typed in sight. */
  readLine(): Promise<string>;
}

/** Ends the command with a status when all that is to be said has been said. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}
