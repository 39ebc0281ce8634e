import { lookup, type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { forbiddenAddress } from "./addresses.js";
import { TransportFailure } from "./errors.js";
import type { HttpRequest } from "./send.js";

/** Throws for a URL whose host is a forbidden address: Node looks up no address that is spelled out. */
export function refuseForbiddenLiteral({ guard, url }: HttpRequest): void {
  const name = url.hostname.replace(/^\[|\]$/g, "");
  if (guard === undefined || isIP(name) === 0) return;
  const reason = forbiddenAddress(name, guard);
  if (reason !== undefined) throw forbiddenError(url.hostname, reason);
}

/** Throws for a name that stands for a cloud's metadata service: behind a proxy nobody here sees its address. */
export function refuseForbiddenName({ guard, url }: HttpRequest): void {
  if (guard === undefined || !metadataNames.has(url.hostname.replace(/\.$/, "").toLowerCase())) return;
  throw forbiddenError(url.hostname, "the name of a metadata service");
}

const metadataNames = new Set([
  "metadata.google.internal",
  "metadata",
  "instance-data",
  "instance-data.ec2.internal",
]);

/** The `lookup` option of node:net. */
export type GuardedLookup = (
  host: string,
  options: { readonly all?: boolean },
  done: (...result: never[]) => void,
) => void;

type LookupDone = (error: Error | null, addresses: LookupAddress[]) => void;

/** Resolves a name and refuses forbidden addresses at the moment of connecting, so that DNS cannot change its mind. */
export function guardedLookup(guard: { readonly loopback: boolean }): GuardedLookup {
  return (host: string, options: { readonly all?: boolean }, done: (...result: never[]) => void): void => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const answer = done as unknown as LookupDone &
        ((error: Error | null, address: string, family: number) => void);
      if (error !== null) return answer(error, []);
      const reason = addresses
        .map(({ address }) => forbiddenAddress(address, guard))
        .find((found) => found !== undefined);
      if (reason !== undefined) return answer(forbiddenError(host, reason), []);
      if (options.all === true) answer(null, addresses);
      else answer(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function forbiddenError(host: string, reason: string): TransportFailure {
  return new TransportFailure(
    "EFORBIDDEN",
    `refused to connect to ${host}, which the server pointed to: it is ${reason}`,
  );
}
