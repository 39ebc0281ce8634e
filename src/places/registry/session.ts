import { SingleFlight } from "../../concurrency.js";
import { authenticate } from "../../http/auth.js";
import { findCredentials, type GivenCredentials } from "../../http/credentials.js";
import { limitLanes, defaultLanes, type LaneLimits } from "../../http/lanes.js";
import { followRedirects } from "../../http/redirects.js";
import { createBackoff, retrying, waitOnTimer } from "../../http/retry.js";
import { compose } from "../../http/send.js";
import { passWarnings } from "../../http/warnings.js";
import { createTransport, type Patience } from "../../http/transport.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import type { Destination, Source } from "../../model/place.js";
import type { Reference } from "../../model/reference.js";
import type { System } from "../../system.js";
import { createRegistryDestination } from "./destination.js";
import { isInsecure, resolveEndpoint } from "./endpoint.js";
import { createHost, type RegistryHost } from "./host.js";
import { createPlacement, type Placement } from "./placement.js";
import { createRegistrySource } from "./source.js";

export interface RegistrySessionOptions {
  readonly system: System;
  /** Registries ("host" or "host:port") that may be spoken to over http, or over https with any certificate. */
  readonly insecure?: readonly string[] | undefined;
  /** A file of credentials in docker's form, asked before the usual places. */
  readonly authFile?: string | undefined;
  readonly credentials?: GivenCredentials | undefined;
  /** Requests at once for each host. A number limits uploads and downloads alike. */
  readonly concurrency?: number | Partial<LaneLimits> | undefined;
  readonly patience?: Partial<Patience> | undefined;
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
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Opens a session; nothing is sent before a source or destination is used. */
export function openRegistrySession(options: RegistrySessionOptions): RegistrySession {
  const known = new Map<Digest, Uint8Array>();
  const hosts = new SingleFlight<string, { readonly host: RegistryHost; readonly placement: Placement }>();
  const { connect, close } = createConnector(options);
  const open = (registry: string) =>
    hosts.get(registry, async () => {
      const host = await connect(registry);
      return { host, placement: createPlacement(host) };
    });
  return {
    source: (reference) =>
      createRegistrySource(reference, { open: async () => (await open(reference.registry)).host, known }),
    destination: (registry) =>
      createRegistryDestination(registry, async () => (await open(registry)).placement),
    open: async (registry) => (await open(registry)).host,
    close,
  };
}

/** The stack of a request, outermost first: attempts, redirects, credentials, lanes, connection. */
function createConnector({
  system,
  insecure = [],
  authFile,
  credentials,
  concurrency,
  patience,
  wait = waitOnTimer,
}: RegistrySessionOptions): {
  readonly connect: (registry: string) => Promise<RegistryHost>;
  readonly close: () => Promise<void>;
} {
  const transport = createTransport({
    unverified: (host) => isInsecure(host, insecure),
    ...(patience === undefined ? {} : { patience }),
  });
  const lanes = limitLanes(laneLimits(concurrency));
  const backoff = createBackoff({
    now: system.now,
    monotonic: system.monotonic,
    random: system.random,
    wait,
  });
  const find = findCredentials({ system, given: credentials, authFile });
  const plain = compose(transport.send, retrying(backoff), lanes);
  return {
    async connect(registry) {
      const url = await resolveEndpoint(registry, { insecure, send: compose(transport.send, lanes) });
      const auth = authenticate({ name: registry, url }, { find, send: plain, monotonic: system.monotonic });
      const send = compose(
        transport.send,
        passWarnings(registry),
        retrying(backoff),
        followRedirects(),
        auth.middleware,
        lanes,
      );
      return createHost(registry, { url, send, auth, backoff });
    },
    close: () => {
      transport.close();
      return Promise.resolve();
    },
  };
}

function laneLimits(concurrency: number | Partial<LaneLimits> | undefined): LaneLimits {
  if (typeof concurrency === "number") return { ...defaultLanes, upload: concurrency, download: concurrency };
  return { ...defaultLanes, ...concurrency };
}
