import { mediaTypes, type Descriptor, type Digest } from "../model/oci.js";
import { jsonAnswer, requireDigest, type Answer, type Call } from "./call.js";
import type { Repository } from "./catalog.js";

/** GET of an index of the manifests whose subject is the digest; empty for what nobody refers to (distribution-spec spec.md, "Listing Referrers"). */
export async function listReferrers(call: Call): Promise<Answer> {
  const digest = requireDigest(call.reference);
  const wanted = call.query.get("artifactType");
  const manifests = referrersOf(call.holdings.catalog.find(call.name), digest).filter(
    ({ artifactType }) => !wanted || artifactType === wanted,
  );
  return jsonAnswer(
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests },
    mediaTypes.index,
    wanted ? { "OCI-Filters-Applied": "artifactType" } : {},
  );
}

function referrersOf(repository: Repository | undefined, subject: Digest): readonly Descriptor[] {
  return [...(repository?.manifests ?? [])]
    .filter(([, record]) => record.subject === subject)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([digest, { mediaType, size, artifactType, annotations }]) => ({
      mediaType,
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    }));
}
