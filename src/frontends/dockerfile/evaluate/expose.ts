import { isIP } from "node:net";
import type { Lookup } from "../expand/reading.js";
import { expandWords } from "../expand/word.js";
import { invalid } from "../instructions/invalid.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { quote } from "../../../model/quote.js";

/**
 * The container's ports that EXPOSE names, as "80/tcp", in its order: each word is expanded and split; of
 * `[ip:][hostPort:]containerPort[-last][/protocol]` the first two mean nothing. Throws ERR_GANTRY_DOCKERFILE_INVALID.
 */
export function exposedPorts(
  words: readonly string[],
  { lookup, escape }: { readonly lookup: Lookup; readonly escape: EscapeCharacter },
): readonly string[] {
  return words.flatMap((word) => expandWords(word, lookup, { escape })).flatMap(parsePort);
}

function parsePort(text: string): readonly string[] {
  const { ip, host, range, protocol } = splitPort(text);
  if (ip !== "" && isIP(ip.replace(/^\[(.*)\]$/, "$1")) === 0) throw invalid(`invalid IP address: ${ip}`);
  const ports = parseRange(range);
  if (ports === undefined) throw invalid(`invalid containerPort: ${range}`);
  if (host !== "") checkHostRange(host, ports, range);
  const [first, last] = ports;
  const name = protocol.toLowerCase() || "tcp";
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${name}`);
}

/** The parts of a port as they are written, "" for one that is not there. */
export interface PortParts {
  readonly ip: string;
  readonly host: string;
  readonly range: string;
  /** In letters of any case. */
  readonly protocol: string;
}

/**
 * Splits an expanded port. Throws ERR_GANTRY_DOCKERFILE_INVALID where it has no container's port, or a protocol that is
 * none.
 */
export function splitPort(text: string): PortParts {
  const parts = text.split(":");
  const [range = "", ...rest] = parts.pop()!.split("/");
  const protocol = rest.join("/");
  if (range === "") throw invalid(`invalid port: ${quote(text)}: no port specified`);
  if (!["", "tcp", "udp", "sctp"].includes(protocol.toLowerCase()))
    throw invalid(`invalid port: ${quote(text)}: invalid proto: ${protocol}`);
  const host = parts.pop() ?? "";
  return { ip: parts.join(":"), host, range, protocol };
}

function checkHostRange(host: string, [first, last]: readonly [number, number], container: string): void {
  const range = parseRange(host);
  if (range === undefined) throw invalid(`invalid hostPort: ${host}`);
  if (last - first !== range[1] - range[0] && last !== first)
    throw invalid(`invalid ranges specified for container and host Ports: ${container} and ${host}`);
}

function parseRange(text: string): readonly [number, number] | undefined {
  const match = /^([+-]?\d+)(?:-([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first < 0 || last > 65535 || last < first ? undefined : [first, last];
}
