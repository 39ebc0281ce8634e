import { createHash } from "node:crypto";
import { openPlace, readArtifact } from "../../src/index.js";
import type { Artifact, Content } from "../../src/index.js";

/** Reads every manifest, config and layer that a reference leads to, and hashes it anew. */
export async function verifyEverything(
  reference: string,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  await using place = await openPlace(reference);
  const seen = new Map<string, number>();
  const visit = async (content: Content | Artifact): Promise<void> => {
    const { digest, size } = content.descriptor;
    if (seen.has(digest)) return;
    const hash = createHash("sha256");
    let length = 0;
    for await (const bytes of content.open()) {
      hash.update(bytes);
      length += bytes.length;
    }
    if (`sha256:${hash.digest("hex")}` !== digest || length !== size)
      throw new Error(`${digest} is not what was pushed`);
    seen.set(digest, size);
    if ("children" in content) for (const child of await content.children()) await visit(child);
  };
  await visit(await readArtifact(await place.source(), place.name));
  return { blobs: seen.size, bytes: [...seen.values()].reduce((sum, size) => sum + size, 0) };
}
