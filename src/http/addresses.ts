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
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (forbidden.check(address, family)) return "a link-local, metadata or unspecified address";
  if (!loopback && isLoopback(address)) return "this machine";
  return undefined;
}

const forbidden = new BlockList();
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addAddress("100.100.100.200", "ipv4");
forbidden.addAddress("::", "ipv6");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");

const own = new BlockList();
own.addSubnet("127.0.0.0", 8, "ipv4");
own.addAddress("::1", "ipv6");

function isLoopback(address: string): boolean {
  return own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
