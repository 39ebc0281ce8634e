import type { TestContext } from "node:test";
import { createRegistry, type RequestEntry } from "../../src/registry.js";

/** One request as a registry's access log has it. */
export interface Logged extends RequestEntry {
  readonly host: string;
}

/** What a request that succeeded did. */
export interface Act {
  readonly kind: "upload" | "mount" | "manifest" | "tag" | "read manifest" | "read blob" | "question";
  readonly host: string;
  readonly repository: string;
  /** The blob's or manifest's digest, or the tag. */
  readonly what: string;
  /** The repository that a mount took the blob from. */
  readonly from?: string | undefined;
  readonly bytesIn: number;
}

export interface LoggedRegistry {
  readonly host: string;
  readonly log: readonly Logged[];
  /** Everything that was done so far, in order. */
  acts(...kinds: readonly Act["kind"][]): readonly Act[];
  /** Forgets what was done so far. */
  forget(): void;
}

/** The embedded registry with its access log; several may share one log. It refuses a manifest that comes before its blobs. */
export async function startLogged(
  t: TestContext,
  { log = [], onRequest }: { readonly log?: Logged[]; readonly onRequest?: (entry: Logged) => void } = {},
): Promise<LoggedRegistry> {
  const registry = await createRegistry({
    requireBlobs: true,
    onRequest: (entry) => {
      const logged = { ...entry, host: registry.host };
      log.push(logged);
      onRequest?.(logged);
    },
  });
  t.after(() => registry.close());
  return {
    host: registry.host,
    log,
    acts: (...kinds) => actsOf(log).filter(({ kind }) => kinds.length === 0 || kinds.includes(kind)),
    forget: () => void (log.length = 0),
  };
}

/** What the log's successful requests did; opening an upload session and asking whether something is there are questions. */
export function actsOf(log: readonly Logged[]): readonly Act[] {
  return log.filter(({ status }) => status < 300).map(actOf);
}

function actOf({ method, path, host, bytesIn, status }: Logged): Act {
  const url = new URL(path, "http://registry.test");
  const [, repository = "", kind = "", rest = ""] =
    /^\/v2\/(.+?)\/(blobs|manifests)\/(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
  const about = { host, repository, bytesIn };
  const isDigest = rest.startsWith("sha256:");
  const digest = url.searchParams.get("digest");
  const mounted = url.searchParams.get("mount");
  if (method === "POST" && mounted !== null && status === 201) {
    return { ...about, kind: "mount", what: mounted, from: url.searchParams.get("from") ?? undefined };
  }
  if (kind === "blobs" && digest !== null && status === 201)
    return { ...about, kind: "upload", what: digest };
  if (method === "PUT" && kind === "manifests") {
    return { ...about, kind: isDigest ? "manifest" : "tag", what: rest };
  }
  if (method === "GET" && kind === "manifests") return { ...about, kind: "read manifest", what: rest };
  if (method === "GET" && kind === "blobs") return { ...about, kind: "read blob", what: rest };
  return { ...about, kind: "question", what: rest };
}

/** How often each thing occurs. */
export function countEach(things: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const thing of things) counts[thing] = (counts[thing] ?? 0) + 1;
  return counts;
}
