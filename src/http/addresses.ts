import { BlockList, isIP } from "node:net";

/** Whether a registry or host name ("localhost:5000", "[::1]", "127.0.0.9") means this machine by its spelling. */
export function isLoopbackHost(host: string): boolean {
  const name = host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return isIP(name) !== 0 && isLoopback(name);
}

/**
 * Why a connection that a reply asked for must not be made to this address, or undefined where it may. Private networks
 * are allowed, since corporate registries live there; link-local ones carry the clouds' metadata services.
 */
export function forbiddenAddress(
  address: string,
  { loopback }: { readonly loopback: boolean },
): string | undefined {
  if (holds(forbidden, address)) return "a link-local, metadata or unspecified address";
  if (!loopback && isLoopback(address)) return "this machine";
  return undefined;
}

type Network = readonly [address: string, bits: number];

/** IPv6 prefixes that an IPv4 address follows: mapped, translated (RFC 2765) and NAT64 (RFC 6052, RFC 8215) ones. */
const carriers = ["::ffff:", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"];

/** Link-local and "this" networks, and the metadata services of clouds that have theirs elsewhere. */
const forbidden = blockList({
  ipv4: [
    ["0.0.0.0", 8],
    ["169.254.0.0", 16],
    ["100.100.100.200", 32],
    ["168.63.129.16", 32],
    ["192.0.0.192", 32],
  ],
  ipv6: [
    ["::", 128],
    ["fe80::", 10],
    ["fd00:ec2::254", 128],
    ["fd20:ce::254", 128],
  ],
});

const own = blockList({ ipv4: [["127.0.0.0", 8]], ipv6: [["::1", 128]] });

/** The networks in every form that leads to them: also IPv4 written as, or carried through, IPv6. */
function blockList({
  ipv4,
  ipv6,
}: {
  readonly ipv4: readonly Network[];
  readonly ipv6: readonly Network[];
}): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ipv6) list.addSubnet(address, bits, "ipv6");
  for (const [address, bits] of ipv4) {
    list.addSubnet(address, bits, "ipv4");
    for (const carrier of carriers) list.addSubnet(carrier + address, 96 + bits, "ipv6");
    list.addSubnet(`2002:${inGroups(address)}::`, 16 + bits, "ipv6");
    // IPv4-compatible addresses; "::" and "::1" stand for themselves.
    if (address !== "0.0.0.0") list.addSubnet(`::${address}`, 96 + bits, "ipv6");
  }
  return list;
}

/** "169.254.0.0" as "a9fe:0000", which follows 6to4's prefix (RFC 3056). */
function inGroups(address: string): string {
  const hex = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
}

function isLoopback(address: string): boolean {
  return holds(own, address);
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
