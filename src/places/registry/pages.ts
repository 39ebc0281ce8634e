import { GantryError } from "../../errors.js";
import type { Reply } from "../../http/errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { RegistryHost } from "./host.js";

/** Pages that are read of one list, and no more. */
const pagesAtMost = 1000;

/**
 * The pages of a list, by the `Link` headers that lead from one to the next (distribution-spec spec.md, "Listing Tags").
 * Ends where a page is refused, which the reader then sees. Throws ERR_GANTRY_REGISTRY for a link to another host and
 * for pages without end.
 */
export async function* readPages(
  host: RegistryHost,
  first: HttpRequest,
  what: string,
): AsyncGenerator<Reply, void, undefined> {
  const seen = new Set<string>();
  for (let url: URL | undefined = first.url; url !== undefined;) {
    if (seen.has(url.href) || seen.size === pagesAtMost) throw wrong(host, `lists ${what} without end`);
    seen.add(url.href);
    const reply = await host.call({ ...first, url, stay: true });
    yield reply;
    url = nextPage(reply, { host, what });
  }
}

function nextPage(
  reply: Reply,
  { host, what }: { readonly host: RegistryHost; readonly what: string },
): URL | undefined {
  const link = /<([^<>]*)>\s*;[^,]*\brel="?next"?/i.exec(reply.headers["link"] ?? "")?.[1];
  if (link === undefined) return undefined;
  if (!URL.canParse(link, reply.url.href)) throw wrong(host, `has a Link in ${what} that is not a URL`);
  const url = new URL(link, reply.url);
  if (url.origin !== host.at("").origin)
    throw wrong(host, `continues ${what} on another host, ${url.host}, which is refused`);
  return url;
}

function wrong({ registry }: RegistryHost, problem: string): GantryError {
  return new GantryError("ERR_GANTRY_REGISTRY", `${registry} ${problem}`);
}
