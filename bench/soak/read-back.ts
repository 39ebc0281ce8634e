import { readArtifact } from "../../src/places/artifact.js";
import { parseReference } from "../../src/model/reference.js";
import type { Manifest } from "../../src/model/content.js";
import type { Digest } from "../../src/model/oci.js";
import type { RegistrySession } from "../../src/places/registry/session.js";

/** Reads an image from a registry to its last byte; reading verifies, so that a byte that differs is an error. Its digest. */
export async function readBack(session: RegistrySession, name: string): Promise<Digest> {
  const root = await readArtifact(session.source(parseReference(name)), undefined);
  await readAll(root);
  return root.descriptor.digest;
}

async function readAll(manifest: Manifest): Promise<void> {
  for (const child of await manifest.children()) {
    if ("children" in child) await readAll(child);
    else for await (const _ of child.open());
  }
}
