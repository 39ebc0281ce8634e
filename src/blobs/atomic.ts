import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { during } from "../errors.js";

let counter = 0;

/**
 * Replaces a file in one step: a reader sees the old bytes or the new, whole. The folder must exist. With `durable` (the
 * default) the bytes are on the disk when this resolves.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string,
  { mode = 0o644, durable = true }: { readonly mode?: number; readonly durable?: boolean } = {},
): Promise<void> {
  const { handle, temporary } = await openBeside(path, mode);
  try {
    try {
      await handle.writeFile(bytes);
      if (durable) await syncFile(handle);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw during(`writing ${path}`, error, "ERR_GANTRY_STORE");
  }
  if (durable) await syncFolder(dirname(path));
}

/** Puts a file's bytes on the disk, where the file system knows how: some network and user-space ones do not. */
export async function syncFile(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error;
  }
}

/** The same for a file that is closed already, if it is there. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await syncFile(handle);
  } catch (error) {
    // Windows syncs only what may be written to, and a blob may not.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  } finally {
    await handle.close();
  }
}

/** Puts a folder's own entries on the disk, where the system can (Windows cannot). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch {
    // Some network file systems refuse to sync a folder; the rename itself has happened.
  } finally {
    await handle.close();
  }
}

/** A new file in the same folder. Another process may have the same process id (containers): "wx" tells. */
async function openBeside(path: string, mode: number): Promise<{ handle: FileHandle; temporary: string }> {
  for (;;) {
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${counter++}.tmp`);
    try {
      return { handle: await open(temporary, "wx", mode), temporary };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw during(`writing ${path}`, error, "ERR_GANTRY_STORE");
    }
  }
}
