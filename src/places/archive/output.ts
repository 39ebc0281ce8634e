import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../../blobs/atomic.js";
import { abortable } from "../../concurrency.js";
import { during, GantryError } from "../../errors.js";

/** Where an archive goes: a file's path (replaced in one step at the end), or a stream, which is left open. */
export type ArchiveFile = string | NodeJS.WritableStream;

/** Takes an archive's bytes in order; a file is not there before `commit`. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** Opens what to write to; throws ERR_GANTRY_OUTPUT naming the file. */
export async function openOutput(
  file: ArchiveFile,
  token: () => string,
  signal?: AbortSignal,
): Promise<Output> {
  return typeof file === "string" ? await openFile(file, token) : streamOutput(file, signal);
}

/** Whether bytes show as they are written: a stream, or a path that is a device or a pipe. */
export async function isDirect(file: ArchiveFile): Promise<boolean> {
  if (typeof file !== "string") return true;
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function openFile(path: string, token: () => string): Promise<Output> {
  if (await isDirect(path)) return await openDevice(path);
  // A link to the file stays a link.
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${token()}.tmp`);
  const handle = await open(temporary, "wx").catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing)
      throw new GantryError(
        "ERR_GANTRY_OUTPUT",
        `cannot write ${path}: the folder ${dirname(path)} is not there`,
      );
    throw during(`cannot write ${path}`, error, "ERR_GANTRY_OUTPUT");
  });
  const discard = async () => {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  };
  return {
    write: (bytes) => naming(path, () => handle.writeFile(bytes)),
    async commit() {
      try {
        await naming(path, async () => {
          await handle.sync();
          await handle.close();
          await rename(temporary, target);
        });
      } catch (error) {
        await discard();
        throw error;
      }
      await syncFolder(dirname(target));
    },
    abort: discard,
  };
}

async function openDevice(path: string): Promise<Output> {
  const handle = await open(path, "w").catch((error: unknown) => {
    throw during(`cannot write ${path}`, error, "ERR_GANTRY_OUTPUT");
  });
  return {
    write: (bytes) => naming(path, () => handle.writeFile(bytes)),
    commit: () => handle.close(),
    abort: () => handle.close().catch(() => undefined),
  };
}

/** Each write waits until the stream has taken the bytes, so that nothing piles up; a stream may never take them. */
function streamOutput(stream: NodeJS.WritableStream, signal: AbortSignal | undefined): Output {
  // The write's own callback tells of a failure; without a listener the event would end the process.
  const ignore = () => {};
  stream.on("error", ignore);
  const release = async () => void stream.off("error", ignore);
  return {
    write: (bytes) =>
      naming("the output stream", () => {
        const taken = new Promise<void>((resolve, reject) => {
          stream.write(bytes, (error) => (error ? reject(error) : resolve()));
        });
        return abortable(taken, signal);
      }),
    commit: release,
    abort: release,
  };
}

async function naming(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw during(`writing ${path}`, error, "ERR_GANTRY_OUTPUT");
  }
}
