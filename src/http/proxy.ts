import { BlockList, isIP } from "node:net";
import { GantryError } from "../errors.js";
import { isLoopbackHost } from "./addresses.js";

/** What proxies are chosen by. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy to reach a URL through, by `HTTPS_PROXY` or `HTTP_PROXY`, unless `NO_PROXY` names the host (lower-case
 * variables win, as for curl). This machine itself is never reached through one. Throws ERR_GANTRY_USAGE for a variable
 * that is not a proxy's URL.
 */
export function chooseProxy(url: URL, env: Environment): URL | undefined {
  const names = url.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const name = names.find((each) => (env[each] ?? "") !== "");
  if (name === undefined || isLoopbackHost(url.hostname)) return undefined;
  return isExempt(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "") ? undefined : parseProxy(name, env[name]!);
}

function parseProxy(name: string, text: string): URL {
  const value = /^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "";
  if (usable && isDecodable(`${url.username}${url.password}`)) return url;
  // The value may hold a password.
  throw new GantryError(
    "ERR_GANTRY_USAGE",
    `${name} is not the URL of a proxy: expected http://HOST:PORT or https://HOST:PORT, a "%" in its password written as "%25"`,
  );
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Whether a NO_PROXY list names the host: `*`; an address or CIDR block; a name, which stands for all below it too;
 * `.name` and `*.name`, which stand for those below it alone; any of them with a port.
 */
export function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = bare(hostname);
  const actualPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      const { name, port: wanted } = splitEntry(entry.toLowerCase());
      return (wanted === undefined || wanted === actualPort) && fits(host, name);
    });
}

function fits(host: string, name: string): boolean {
  if (name === "*") return true;
  if (isIP(host) !== 0) return contains(name, host);
  const below = name.replace(/^\*?\./, "");
  return host.endsWith(`.${below}`) || (below === name && host === name);
}

function contains(block: string, address: string): boolean {
  const [start = "", bits] = block.split("/");
  const base = bare(start);
  const version = isIP(base);
  if (version === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  const width = version === 6 ? 128 : 32;
  if (Number(bits ?? width) > width) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits ?? width), family);
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** "host:80", "[::1]:80", "::1", "10.0.0.0/8". */
function splitEntry(entry: string): { readonly name: string; readonly port?: string } {
  const [, name, port] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry) ?? [];
  return name === undefined || port === undefined ? { name: bare(entry) } : { name: bare(name), port };
}

/** Without brackets; an IPv4 address written as one of IPv6 is itself. */
function bare(host: string): string {
  const name = host.replace(/^\[|\](?=\/|$)/g, "").toLowerCase();
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(name)?.[1];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name) ?? [];
  if (high === undefined || low === undefined) return name;
  const value = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return value.map((each) => `${each >> 8}.${each & 255}`).join(".");
}
