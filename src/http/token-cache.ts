import { abortable } from "../concurrency.js";
import { RegistryError } from "./errors.js";
import type { Token } from "./token.js";

export interface TokenCache {
  /** The token for a set of scopes; `fetch` gets it where none is held or the one held is about to end. */
  get(key: string, fetch: () => Promise<Token>, signal?: AbortSignal): Promise<string>;
  /** Forgets the token that was refused, unless another has taken its place. */
  drop(key: string, authorization: string | undefined): Promise<void>;
}

/**
 * Tokens by scopes; one is fetched anew before its last 20 % (of long ones, 30 s) begins, counted from its receipt. A
 * refusal is kept too: asking again with the same password would only lock the account.
 */
export function createTokenCache(monotonic: () => number): TokenCache {
  const flights = new Map<string, Promise<Token & { readonly until: number }>>();
  const begin = (key: string, fetch: () => Promise<Token>) => {
    const flight = fetch().then((token) => {
      const margin = token.lifetime > 60_000 ? Math.max(30_000, token.lifetime / 5) : token.lifetime / 5;
      return { ...token, until: monotonic() + token.lifetime - margin };
    });
    flights.set(key, flight);
    flight.catch((error: unknown) => {
      if (!isRefusal(error)) flights.delete(key);
    });
    return flight;
  };
  return {
    async get(key, fetch, signal) {
      const held = flights.get(key);
      const token = await abortable(held ?? begin(key, fetch), signal);
      if (held === undefined || token.until > monotonic()) return token.value;
      const renewed = flights.get(key) === held ? begin(key, fetch) : (flights.get(key) ?? begin(key, fetch));
      return (await abortable(renewed, signal)).value;
    },
    async drop(key, authorization) {
      const flight = flights.get(key);
      const held = await flight?.catch(() => undefined);
      if (held !== undefined && `Bearer ${held.value}` === authorization && flights.get(key) === flight)
        flights.delete(key);
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "ERR_GANTRY_UNAUTHORIZED";
}
