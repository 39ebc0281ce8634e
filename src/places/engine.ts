import { spawn } from "node:child_process";
import { GantryError } from "../errors.js";
import { findProgram } from "../find-program.js";
import { writeDockerArchive } from "./docker-archive/write.js";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Artifact } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Destination, Published, Staged } from "../model/place.js";
import type { System } from "../system.js";

type Engine = "docker" | "podman";

export interface EngineOptions {
  /** The engine to load into; the first of docker and podman on the PATH unless given. */
  readonly engine?: Engine | undefined;
  readonly token: () => string;
  readonly system: Pick<System, "env" | "platform">;
}

/** A local docker or podman, reached by its own command line: the image is piped to `docker load`. */
export function openEngine({ engine, token, system }: EngineOptions): Destination {
  return {
    label: engine ?? "the local engine",
    async stage(root, names) {
      const program = await findEngine(engine, system);
      return {
        publish: (io) => load(program, root, names, { token, ...io }),
        abort: async () => {},
      } satisfies Staged;
    },
  };
}

async function load(
  program: string,
  root: Artifact,
  names: readonly string[],
  { token, ...io }: { readonly token: () => string } & IoOptions,
): Promise<readonly Published[]> {
  const { signal } = io;
  signal?.throwIfAborted();
  const child = spawn(program, ["load"], { stdio: ["pipe", "ignore", "pipe"] });
  const ended = exitOf(child, program);
  ended.catch(() => undefined);
  const stop = () => child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const staged = await writeDockerArchive({ file: child.stdin, token }).stage(root, names, io);
    const published = await staged.publish(io);
    child.stdin.end();
    await ended;
    signal?.throwIfAborted();
    return published;
  } catch (error) {
    child.kill();
    // An engine that gave up says why; the broken pipe that follows does not.
    await ended.catch((failure: unknown) => {
      signal?.throwIfAborted();
      throw failure;
    });
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function exitOf(child: ChildProcessByStdio<Writable, null, Readable>, program: string): Promise<void> {
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2000)));
  child.stdin.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(failed(program, error.message, error)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else if (signal !== null)
        resolve(); // killed by us: the reason is thrown by who killed it
      else reject(failed(program, said.trim() || `exit status ${code}`));
    });
  });
}

function failed(program: string, reason: string, cause?: unknown): GantryError {
  return new GantryError("ERR_GANTRY_OUTPUT", `${program} load failed: ${reason}`, { cause });
}

async function findEngine(engine: Engine | undefined, system: EngineOptions["system"]): Promise<string> {
  const wanted = engine === undefined ? (["docker", "podman"] as const) : [engine];
  for (const name of wanted) {
    const program = await findProgram(name, system);
    if (program !== undefined) return program;
  }
  throw new GantryError(
    "ERR_GANTRY_OUTPUT",
    `${wanted.join(" or ")} is not on the PATH: --load needs one; -o type=docker,dest=FILE.tar writes the archive it would load`,
  );
}
