import type { OpenedRemoteFiles, RemoteFilesOptions } from "../remote/remote-files.js";

/** Remote files whose modules are loaded when the first is asked for: most builds have none. */
export function lazyRemoteFiles(options: RemoteFilesOptions): OpenedRemoteFiles {
  let opening: Promise<OpenedRemoteFiles> | undefined;
  const open = () =>
    (opening ??= import("../remote/remote-files.js").then(({ openRemoteFiles }) => openRemoteFiles(options)));
  return {
    download: async (url, io) => (await open()).download(url, io),
    checkout: async (source, io) => (await open()).checkout(source, io),
    receive: async (stream, io) => (await open()).receive(stream, io),
    unpack: async (tar, io) => (await open()).unpack(tar, io),
    async [Symbol.asyncDispose]() {
      await (await opening)?.[Symbol.asyncDispose]();
    },
  };
}
