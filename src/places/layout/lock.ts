import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { during } from "../../errors.js";

const pause = 20;
/** Waits before a lock that never changed hands counts as left behind; it is held for milliseconds. */
const patience = 150;

/** Lets the holder see, before its last step, that the lock was not taken for dead meanwhile. */
export interface Lock {
  isHeld(): Promise<boolean>;
}

export interface LockOptions {
  /** Makes each holder's lock tell from any other. */
  readonly token: () => string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks. */
  readonly pauseMs?: number | undefined;
}

/**
 * Runs short work while holding the lock file `path`, across processes. A lock whose holder was killed is taken over
 * after about three seconds of no change.
 */
export async function withLock<T>(
  path: string,
  work: (lock: Lock) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  options.signal?.throwIfAborted();
  const mine = options.token();
  await acquire(path, mine, options);
  try {
    return await work({ isHeld: async () => (await read(path)) === mine });
  } finally {
    if ((await read(path)) === mine) await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, { signal, pauseMs = pause }: LockOptions): Promise<void> {
  let seen: string | undefined;
  let looks = 0;
  while (!(await create(path, mine))) {
    const holder = await read(path);
    if (holder !== seen) [seen, looks] = [holder, 0];
    else if (++looks > patience && holder !== undefined) await breakLock(path, holder, mine);
    await delay(pauseMs, undefined, { signal });
  }
}

/** Made whole under another name and linked: a lock that can be seen always has its holder's token. */
async function create(path: string, mine: string): Promise<boolean> {
  const own = `${path}.${mine}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(own, mine);
    await link(own, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS")
      return await createWithoutLink(path, mine);
    throw during(`locking ${path}`, error, "ERR_GANTRY_STORE");
  } finally {
    await rm(own, { force: true });
  }
}

/** For file systems without hard links. */
async function createWithoutLink(path: string, mine: string): Promise<boolean> {
  try {
    await writeFile(path, mine, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw during(`locking ${path}`, error, "ERR_GANTRY_STORE");
  }
}

/** Two waiters may come to this at once: whoever finds that it moved another's lock away puts it back. */
async function breakLock(path: string, holder: string, mine: string): Promise<void> {
  const aside = `${path}.${mine}.stale`;
  try {
    await rename(path, aside);
    if ((await read(aside)) !== holder) await link(aside, path).catch(() => undefined);
  } catch {
    // Gone already: the next look tells.
  } finally {
    await rm(aside, { force: true });
  }
}

async function read(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
