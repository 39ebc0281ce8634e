import { abortable, SingleFlight } from "../../concurrency.js";
import { authenticate } from "../../http/auth.js";
import { findCredentials, type GivenCredentials } from "../../http/credentials.js";
import { limitLanes } from "../../http/lanes.js";
import { followRedirects } from "../../http/redirects.js";
import { createBackoff, resting, retrying, waitOnTimer } from "../../http/retry.js";
import { compose, type Send } from "../../http/send.js";
import { passWarnings } from "../../http/warnings.js";
import type { Patience } from "../../http/patience.js";
import { createTransport } from "../../http/transport.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import type { Destination, Source } from "../../model/place.js";
import type { Reference } from "../../model/reference.js";
import type { OnSpan } from "../../model/spans.js";
import { createRegistryDestination, type OpenRegistry } from "./destination.js";
import { resolveEndpoint } from "./endpoint.js";
import { createHost, type RegistryHost } from "./host.js";
import { createPlacement } from "./placement.js";
import { mirrorReference, withMirrors } from "./mirrors.js";
import { createNetwork, type Network, type NetworkOptions } from "./network.js";
import { createRegistrySource } from "./source.js";

export interface RegistrySessionOptions extends NetworkOptions {
  /** A file of credentials in docker's form, asked before the usual places. */
  readonly authFile?: string | undefined;
  readonly credentials?: GivenCredentials | undefined;
  readonly patience?: Partial<Patience> | undefined;
  readonly onSpan?: OnSpan | undefined;
  /** Waits between attempts; tests pass one that does not. */
  readonly wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** Connections, tokens and knowledge that all reads and pushes of one run share. */
export interface RegistrySession {
  source(reference: Reference): Source;
  /** A registry by its name in references. Pushes to one registry should share the session: blobs are then uploaded once. */
  destination(registry: string): Destination;
  /** Opens a registry for other requests than those of a source or destination. */
  open(registry: string, io?: IoOptions): Promise<RegistryHost>;
  /** Ends all connections, waits and credential helpers. */
  close(): Promise<void>;
}

/** Opens a session; nothing is read or sent before a source or destination is used. */
export function openRegistrySession(options: RegistrySessionOptions): RegistrySession {
  const known = new Map<Digest, Uint8Array>();
  const failed = new Set<string>();
  const hosts = new SingleFlight<string, OpenRegistry>();
  const opened = new Map<string, OpenRegistry>();
  const network = createNetwork(options);
  const { connect, close } = createConnector(network, options);
  const open = (registry: string, { signal }: IoOptions = {}) => {
    const opening = hosts.get(registry, async () => {
      const host = await connect(registry);
      const made = { host, placement: createPlacement(host) };
      opened.set(registry, made);
      return made;
    });
    return abortable(opening, signal);
  };
  const repository = (reference: Reference) =>
    createRegistrySource(reference, { open: async (io) => (await open(reference.registry, io)).host, known });
  return {
    source: (reference) => {
      const find = async () => {
        const { mirror = [], mirrorTags: tags = false } = await network.settings(reference.registry);
        return { sources: mirror.map((each) => repository(mirrorReference(each, reference))), tags };
      };
      return withMirrors(repository(reference), { find, failed });
    },
    destination: (registry) =>
      createRegistryDestination(registry, {
        open: (io) => open(registry, io),
        opened: () => opened.get(registry),
      }),
    open: async (registry, io) => (await open(registry, io)).host,
    close,
  };
}

/** The stack of a request, outermost first: warnings, attempts, redirects, credentials, lanes, rest, connection. */
function createConnector(
  network: Network,
  {
    system,
    insecure = [],
    authFile,
    credentials,
    patience,
    onSpan,
    wait = waitOnTimer,
  }: RegistrySessionOptions,
): {
  readonly connect: (registry: string) => Promise<RegistryHost>;
  readonly close: () => Promise<void>;
} {
  const transport = createTransport({
    ...network.connecting,
    onSpan,
    ...(patience === undefined ? {} : { patience }),
  });
  const lanes = limitLanes(network.lanes);
  const backoff = createBackoff({
    now: system.now,
    monotonic: system.monotonic,
    random: system.random,
    wait,
  });
  // What several requests share heeds none of their signals: it ends with the session.
  const ended = new AbortController();
  const find = findCredentials({ system, given: credentials, authFile, signal: ended.signal });
  const shared = compose(transport.send, retrying(backoff), lanes, resting(backoff));
  const plain: Send = (request) => shared({ ...request, signal: ended.signal });
  return {
    async connect(registry) {
      const { chunk, plainHttp } = await network.settings(registry);
      const secured =
        plainHttp === false || (plainHttp === undefined && (await network.isTrusting(registry)));
      const scheme = plainHttp === true ? "http" : secured ? "https" : undefined;
      const url = await resolveEndpoint(registry, {
        insecure,
        scheme,
        send: compose(transport.send, lanes),
        signal: ended.signal,
      });
      await network.note(registry, url.host);
      const auth = authenticate({ name: registry, url }, { find, send: plain, monotonic: system.monotonic });
      const send = compose(
        transport.send,
        passWarnings(registry),
        retrying(backoff),
        followRedirects(),
        auth.middleware,
        lanes,
        resting(backoff),
      );
      return createHost(registry, { url, send, auth, backoff, chunk });
    },
    close: () => {
      ended.abort();
      transport.close();
      return Promise.resolve();
    },
  };
}
