import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createRegistry, type RegistryOptions, type RegistryServer } from "../../src/server/registry.js";

export async function startRegistry(t: TestContext, options: RegistryOptions = {}): Promise<RegistryServer> {
  const server = await createRegistry(options);
  t.after(() => server.close());
  return server;
}

export async function makeFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "gantry-server-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export const someBytes = (size: number): Buffer<ArrayBuffer> => Buffer.from(randomBytes(size));

/** POST for a session; its absolute URL. */
export async function beginUpload({ url }: RegistryServer, repository: string): Promise<string> {
  const response = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  assert.equal(response.status, 202);
  return url + response.headers.get("location")!;
}

/** POST and PUT; the blob's digest. */
export async function pushBlob(
  server: RegistryServer,
  repository: string,
  bytes: Buffer<ArrayBuffer>,
): Promise<string> {
  const digest = sha256(bytes);
  const session = await beginUpload(server, repository);
  const response = await fetch(`${session}?digest=${digest}`, { method: "PUT", body: bytes });
  assert.equal(response.status, 201);
  return digest;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";
export const indexType = "application/vnd.oci.image.index.v1+json";

export async function putManifest(
  { url }: RegistryServer,
  path: string,
  document: object | string,
  contentType: string = manifestType,
): Promise<Response> {
  const body = typeof document === "string" ? document : JSON.stringify(document);
  return await fetch(`${url}/v2/${path}`, { method: "PUT", body, headers: { "Content-Type": contentType } });
}

/** A manifest that needs nothing but a name. */
export function makeManifest(more: object = {}): object {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256("{}"), size: 2 };
  return { schemaVersion: 2, mediaType: manifestType, config, layers: [], ...more };
}

export async function errorCode(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]!.code;
}

/** For what fetch forbids: own Host and Origin headers, paths left as they are. */
export function rawRequest(
  { port }: RegistryServer,
  options: { method?: string; path: string; headers?: Record<string, string>; host?: string },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { host = "127.0.0.1", ...rest } = options;
    const sent = request({ host, port, agent: false, ...rest }, (response) => {
      response.resume();
      resolve(response);
    });
    sent.on("error", reject).end();
  });
}
