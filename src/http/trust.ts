import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { GantryError, during } from "../errors.js";
import type { System } from "../system.js";

/** What TLS with a host is made of beside Node's own roots: PEM texts. */
export interface Trust {
  /** Further authorities. */
  readonly ca: readonly string[];
  /** What this machine proves itself with. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Files named for one registry or for all. */
export interface TrustFiles {
  readonly ca: readonly string[];
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Reads the named files and the first `certs.d/HOST` folder there is, in the places of podman and docker: `*.crt` are
 * authorities, `NAME.cert` with `NAME.key` a client certificate. Throws ERR_GANTRY_USAGE, naming the file, for one that
 * cannot be read or is no PEM.
 */
export async function readTrust(host: string, { ca, cert, key }: TrustFiles, system: System): Promise<Trust> {
  const folder = await readCertsFolder(host, system);
  const own = await Promise.all([...ca, ...folder.ca].map((file) => readPem(file, "CERTIFICATE")));
  const [certFile, keyFile] = cert === undefined ? [folder.cert, folder.key] : [cert, key];
  if (certFile === undefined) return { ca: own };
  if (keyFile === undefined) throw usage(`${certFile} has no key: expected one beside it, or named with it`);
  return {
    ca: own,
    cert: await readPem(certFile, "CERTIFICATE"),
    key: await readPem(keyFile, "PRIVATE KEY"),
  };
}

/** Whether anything was said of TLS with this host. */
export function isTrusting({ ca, cert }: Trust): boolean {
  return ca.length > 0 || cert !== undefined;
}

/** The roots for node:tls: what is given there replaces Node's own, so those come first. Undefined means Node's own alone. */
export async function rootsWith({ ca }: Trust, { env }: System): Promise<string[] | undefined> {
  if (ca.length === 0) return undefined;
  const tls = await import("node:tls");
  // Newer ones know what this process was started with, such as --use-system-ca; the caller's variables may be others.
  const own =
    "getCACertificates" in tls
      ? (tls.getCACertificates as (type: "default") => string[])("default")
      : tls.rootCertificates;
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return [...own, ...(extra ? [await readPem(extra, "CERTIFICATE")] : []), ...ca];
}

async function readCertsFolder(host: string, { home, env }: System): Promise<TrustFiles> {
  const config = env["XDG_CONFIG_HOME"] || join(home, ".config");
  const parents = [join(config, "containers"), "/etc/containers", "/etc/docker"];
  for (const parent of parents) {
    const folder = join(parent, "certs.d", host);
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined) continue;
    const ending = (end: string) => names.filter((name) => name.endsWith(end)).sort();
    const [cert] = ending(".cert");
    const key = cert?.replace(/\.cert$/, ".key");
    if (cert !== undefined && !names.includes(key!))
      throw usage(`${join(folder, cert)} has no key: expected ${key} beside it`);
    return {
      ca: ending(".crt").map((name) => join(folder, name)),
      ...(cert === undefined ? {} : { cert: join(folder, cert), key: join(folder, key!) }),
    };
  }
  return { ca: [] };
}

async function readPem(file: string, kind: "CERTIFICATE" | "PRIVATE KEY"): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw during(`reading ${file}`, error, "ERR_GANTRY_USAGE");
  }
  if (new RegExp(`-----BEGIN (?:[A-Z]+ )?${kind}-----`).test(text)) return text;
  throw usage(
    `${file} holds no ${kind === "CERTIFICATE" ? "certificate" : "private key"} in PEM form ("-----BEGIN ${kind}-----")`,
  );
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
