const dockerHub = ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"];

/** The names a registry goes by in configuration files and helpers, the best first. */
export function serverKeys(registry: string): readonly string[] {
  if (dockerHub.includes(registry)) return dockerHub;
  const bare = registry.replace(/:(443|80)$/, "");
  return bare === registry ? [registry, `https://${registry}`] : [registry, bare];
}

/**
 * The key of an `auths` table that fits best: keys may carry a scheme, `/v1/` or `/v2/` and a repository path; the
 * longest path that contains the repository wins, and the port counts.
 */
export function matchKey(
  keys: readonly string[],
  { registry, repository }: { readonly registry: string; readonly repository?: string | undefined },
): string | undefined {
  const bare = registry.replace(/:(443|80)$/, "");
  const isHub = dockerHub.includes(registry);
  const hosts = isHub ? dockerHub.slice(1) : [...new Set([registry, bare])];
  const own = serverKeys(registry)[0];
  let best: { readonly key: string; readonly rank: number } | undefined;
  for (const key of keys) {
    const { host, path } = splitKey(key);
    const place = hosts.indexOf(host);
    if (place === -1 || !contains(path, repository)) continue;
    const nearness = key === own ? hosts.length + 1 : hosts.length - place;
    // A host's own spelling outweighs any path, docker's names all being its own; then the longer path, then the order.
    const rank = (isHub ? 0 : (hosts.length - place) * 100_000) + path.length * 10 + nearness;
    if (best === undefined || rank > best.rank) best = { key, rank };
  }
  return best?.key;
}

function splitKey(key: string): { readonly host: string; readonly path: string } {
  const plain = key.replace(/^https?:\/\//, "");
  const slash = plain.indexOf("/");
  if (slash === -1) return { host: plain, path: "" };
  const path = plain.slice(slash + 1).replace(/\/+$/, "");
  return { host: plain.slice(0, slash), path: path === "v1" || path === "v2" ? "" : path };
}

function contains(path: string, repository: string | undefined): boolean {
  return path === "" || repository === path || repository?.startsWith(`${path}/`) === true;
}
