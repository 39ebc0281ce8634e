import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GantryError } from "../errors.js";
import { writeFileAtomic } from "../blobs/atomic.js";

/** The format of the records: another version's are neither read nor touched. */
const version = "v1";

/** Small facts by key: what a key's layer turned out to be. A record that cannot be read counts as absent. */
export interface Records {
  get(key: string): Promise<unknown>;
  put(key: string, value: object): Promise<void>;
  list(): AsyncIterable<StoredRecord>;
  remove(key: string): Promise<void>;
}

export interface StoredRecord {
  readonly key: string;
  readonly value: unknown;
  /** When it was written or last read, in milliseconds since 1970. */
  readonly writtenAt: number;
}

/**
 * Records as files below `folder`, one for each key; a key is lower-case hex. With a clock (milliseconds since 1970)
 * reading one makes its time now, by which a prune knows what is in use.
 */
export function openRecords(
  folder: string,
  { now }: { readonly now?: (() => number) | undefined } = {},
): Records {
  const root = join(folder, version);
  const path = (key: string) => join(root, key.slice(0, 2), `${key.slice(2)}.json`);
  return {
    async get(key) {
      const record = await readRecord(path(key));
      if (record !== undefined && now !== undefined) {
        await utimes(path(key), now() / 1000, now() / 1000).catch(() => undefined);
      }
      return record;
    },
    put: async (key, value) => {
      try {
        await mkdir(dirname(path(key)), { recursive: true });
        // Not synced: one that a crash leaves unreadable counts as absent.
        await writeFileAtomic(path(key), JSON.stringify(value), { durable: false });
      } catch (error) {
        throw new GantryError(
          "ERR_GANTRY_STORE",
          `the cache ${folder} cannot be written: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    },
    list: () => listRecords(root),
    remove: (key) => rm(path(key), { force: true }),
  };
}

async function readRecord(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

async function* listRecords(root: string): AsyncGenerator<StoredRecord> {
  for (const prefix of await namesIn(root)) {
    for (const file of await namesIn(join(root, prefix))) {
      if (!file.endsWith(".json")) continue;
      const path = join(root, prefix, file);
      const [value, stats] = await Promise.all([readRecord(path), stat(path).catch(() => undefined)]);
      if (stats !== undefined) yield { key: prefix + file.slice(0, -5), value, writtenAt: stats.mtimeMs };
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.sort((a, b) => (a < b ? -1 : 1));
}
