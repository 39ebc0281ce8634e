import { randomBytes } from "node:crypto";
import { availableParallelism, homedir } from "node:os";

/** The world outside the arguments: clock, chance, environment, output. Nothing else in the library reads them. */
export interface System {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from an arbitrary moment, never going back. */
  monotonic(): number;
  /** A number in [0, 1). */
  random(): number;
  /** `bytes` random bytes as lower-case hex. */
  token(bytes: number): string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** The folder that relative paths of the caller mean. */
  readonly cwd: string;
  /** Cores this process may use. */
  readonly cores: number;
  /** Node's names of this machine's operating system and processor ("linux", "x64"). */
  readonly platform: string;
  readonly arch: string;
  /** Where an output to "-" goes. */
  stdout(): NodeJS.WritableStream;
}

/** Milliseconds by this thread's own clock, never going back: for a worker, which nobody can give a System. */
export function threadClock(): number {
  return performance.now();
}

/** This process's own clock, chance and environment: the default of the public functions. */
export function nodeSystem(): System {
  return {
    now: () => Date.now(),
    monotonic: threadClock,
    random: () => Math.random(),
    token: (bytes) => randomBytes(bytes).toString("hex"),
    env: process.env,
    home: homedir(),
    cwd: process.cwd(),
    cores: availableParallelism(),
    platform: process.platform,
    arch: process.arch,
    stdout: () => process.stdout,
  };
}
