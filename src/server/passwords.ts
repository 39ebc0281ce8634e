import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { GantryError, during } from "../errors.js";

/** Who may use a registry. */
export interface Passwords {
  /** Whether a request's Authorization header proves one of the users. */
  accepts(authorization: string | undefined): Promise<boolean>;
}

/** Of no password that anybody has: unknown users cost as much as known ones. */
const decoy = "$2b$10$oaZ4ylvhcbAghwoWRluiD.C6mxlWH6XlUPUVhxtwEOQxwiFfjfJDu";
/** Pairs of user and password whose answer is remembered. */
const remembered = 1000;

/**
 * Reads an htpasswd file with bcrypt hashes (`htpasswd -B`) and follows its changes. Throws ERR_GANTRY_USAGE for a file
 * that cannot be read or has a line of another kind.
 */
export async function openPasswords(file: string): Promise<Passwords> {
  let users = await readUsers(file);
  let changed = await changeOf(file);
  const key = randomBytes(32);
  const known = new Map<string, Promise<boolean>>();

  /** A file that is gone, or wrong, lets nobody in but those it let in before. */
  const refresh = async () => {
    const now = await changeOf(file);
    if (now === changed) return;
    changed = now;
    const read = await readUsers(file).catch(() => undefined);
    if (read === undefined) return;
    users = read;
    known.clear();
  };
  return {
    async accepts(authorization) {
      const [user, password] = basicOf(authorization);
      if (user === undefined || password === undefined) return false;
      await refresh();
      // bcrypt is slow on purpose: a push of a hundred requests proves its password once.
      const proof = createHmac("sha256", key).update(`${user}\n${password}`).digest("base64");
      if (!known.has(proof)) {
        if (known.size >= remembered) known.clear();
        known.set(proof, compare(password, users.get(user)));
      }
      return await known.get(proof)!;
    },
  };
}

async function compare(password: string, hash: string | undefined): Promise<boolean> {
  const { default: bcrypt } = await import("bcryptjs");
  if (hash?.startsWith("{SHA}") === true) {
    const digest = createHash("sha1").update(password).digest();
    const wanted = Buffer.from(hash.slice(5), "base64");
    return wanted.length === digest.length && timingSafeEqual(digest, wanted);
  }
  // htpasswd writes $2y$, which is what others call $2b$.
  const right = await bcrypt.compare(password, (hash ?? decoy).replace(/^\$2y\$/, "$2b$"));
  return right && hash !== undefined;
}

async function readUsers(file: string): Promise<ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw during(`reading ${file}`, error, "ERR_GANTRY_USAGE");
  }
  const users = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, user, hash] =
      /^([^:]+):(\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\{SHA\}[A-Za-z0-9+/]{27}=)\s*$/.exec(line) ?? [];
    if (user === undefined || hash === undefined) throw wrongLine(file, at + 1);
    users.set(user, hash);
  }
  return users;
}

function wrongLine(file: string, line: number): GantryError {
  return new GantryError(
    "ERR_GANTRY_USAGE",
    `${file}, line ${line}: expected USER:HASH with a bcrypt hash; make it with "htpasswd -B"`,
  );
}

async function changeOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found === undefined ? "" : `${found.mtimeNs} ${found.size} ${found.ino}`;
}

function basicOf(authorization: string | undefined): readonly [string?, string?] {
  const encoded = /^basic +([A-Za-z0-9+/_-]+=*)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 1 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}
