import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { abortable, allDone, SingleFlight } from "../concurrency.js";
import { inStep } from "../model/events.js";
import type { OnSpan } from "../model/spans.js";
import type { NetworkOptions } from "../places/registry/network.js";
import type { Received, RemoteFiles } from "../plan/remote-files.js";
import { createCheckout } from "./checkout.js";
import { createClient, type Client } from "./client.js";
import { createDownload, store } from "./download.js";
import { createUnpack, type UnpackOptions } from "./unpack.js";

/** What remote files are fetched with and kept in. */
export interface RemoteFilesOptions extends UnpackOptions {
  readonly network: NetworkOptions & { readonly onSpan?: OnSpan | undefined };
  /** Where folders for checkouts are made; absolute. */
  readonly folder: string;
}

/** Remote files with a lifetime: disposing them ends connections and removes checkouts. */
export interface OpenedRemoteFiles extends RemoteFiles, AsyncDisposable {}

/** Opens nothing and writes nothing before something is asked for. */
export function openRemoteFiles({ network, folder, ...options }: RemoteFilesOptions): OpenedRemoteFiles {
  const { system } = network;
  const { keeping } = options;
  const made: string[] = [];
  const streams = new SingleFlight<AsyncIterable<Uint8Array>, Received>();
  let client: Client | undefined;
  const temporary = async () => {
    const path = join(folder, system.token(8));
    made.push(path);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };
  return {
    download: createDownload(() => (client ??= createClient(network)), keeping),
    checkout: createCheckout({ system, temporary }),
    unpack: createUnpack(options),
    receive: (stream, { signal, onEvent } = {}) =>
      streams.get(stream, () =>
        inStep(
          onEvent,
          { name: "receive the context", kind: "load" },
          (step) => store(untilAborted(stream, signal), { keeping, step, signal }),
          ({ digest }) => digest.slice(0, 19),
        ),
      ),
    async [Symbol.asyncDispose]() {
      client?.close();
      await allDone(made.map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}

/** A stream that ends with the signal, also where its next bytes never come, as those of a terminal. */
async function* untilAborted(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(iterator.next(), signal);
      if (done === true) return;
      yield value;
    }
  } finally {
    // Not waited for: it may come only after the bytes that never do.
    iterator.return?.().catch(() => undefined);
  }
}
