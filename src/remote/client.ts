import { limitLanes } from "../http/lanes.js";
import { followRedirects } from "../http/redirects.js";
import { createBackoff, resting, retrying, waitOnTimer, type Backoff } from "../http/retry.js";
import { compose, type Send } from "../http/send.js";
import { createTransport } from "../http/transport.js";
import type { OnSpan } from "../model/spans.js";
import { createNetwork, type NetworkOptions } from "../places/registry/network.js";

/** Asks any server, with the proxies and authorities that registries are asked with; no credentials but a URL's own. */
export interface Client {
  readonly send: Send;
  readonly backoff: Backoff;
  /** Ends every connection. */
  close(): void;
}

/** The stack of a request, outermost first: attempts, redirects, lanes, rest, connection. Nothing is opened before it is used. */
export function createClient({
  onSpan,
  ...options
}: NetworkOptions & { readonly onSpan?: OnSpan | undefined }): Client {
  const { system } = options;
  const network = createNetwork(options);
  const transport = createTransport({ ...network.connecting, onSpan });
  const { now, monotonic, random } = system;
  const backoff = createBackoff({ now, monotonic, random, wait: waitOnTimer });
  const send = compose(
    transport.send,
    retrying(backoff),
    followRedirects(),
    limitLanes(network.lanes),
    resting(backoff),
  );
  return { send, backoff, close: () => transport.close() };
}
