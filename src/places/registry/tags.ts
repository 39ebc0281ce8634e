import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import { parseJson } from "../../model/json.js";
import { notRegistry, pullScopes, type RegistryHost } from "./host.js";
import { readPages } from "./pages.js";

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** ECR takes no larger pages. */
const pageSize = 1000;

/**
 * All tags of a repository, each once, in the order of their bytes (distribution-spec spec.md, "Listing Tags"). What is
 * no tag is left out: Artifactory lists digests among them, Nexus null.
 */
export async function listTags(
  host: RegistryHost,
  repository: string,
  io: IoOptions,
): Promise<readonly string[]> {
  const url = host.at(`${repository}/tags/list`);
  url.search = `?n=${pageSize}`;
  const what = `the tags of ${host.registry}/${repository}`;
  const request: HttpRequest = { method: "GET", url, lane: "control", scopes: pullScopes(repository), ...io };
  const tags = new Set<string>();
  for await (const reply of readPages(host, request, what)) {
    if (reply.status !== 200) throw await host.refusal(reply, request);
    const page = parseJson(reply.bytes, what, { code: "ERR_GANTRY_REGISTRY" }) as { tags?: unknown } | null;
    if (typeof page !== "object" || page === null || !("tags" in page))
      throw notRegistry(host, "its list of tags has none");
    for (const tag of Array.isArray(page.tags) ? (page.tags as unknown[]) : [])
      if (typeof tag === "string" && tagPattern.test(tag)) tags.add(tag);
  }
  return [...tags].sort();
}
