import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startStep } from "../model/events.js";
import type { OnSpan } from "../model/spans.js";
import type { NetworkOptions } from "../places/registry/network.js";
import type { RemoteFiles } from "../plan/remote-files.js";
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
    async receive(stream, { signal, onEvent } = {}) {
      const step = startStep(onEvent, { name: "receive the context", kind: "load" });
      try {
        const received = await store(stream, { keeping, step, signal });
        step.end(received.digest.slice(0, 19));
        return received;
      } catch (error) {
        step.fail(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      client?.close();
      for (const path of made) await rm(path, { recursive: true, force: true });
    },
  };
}
