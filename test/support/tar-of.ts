import { endOfArchive, headerLength, paddedSize, writeHeader, type TarEntry } from "../../src/tar/header.js";

/** A member of a tar: a file of user and group 5 unless it says otherwise. */
export type TarItem = Partial<TarEntry> & { readonly path: string; readonly text?: string };

/** A tar of these members, in this order. */
export function tarOf(...items: readonly TarItem[]): Buffer {
  const pieces = items.map(({ text = "", ...more }) => {
    const body = Buffer.from(text);
    const mode = more.type === "symlink" ? 0o777 : 0o640;
    const entry = { type: "file", mode, uid: 5, gid: 5, mtime: 0, size: body.length, ...more } as TarEntry;
    const bytes = Buffer.alloc(headerLength(entry) + paddedSize(body.length));
    body.copy(bytes, writeHeader(bytes, 0, entry));
    return bytes;
  });
  return Buffer.concat([...pieces, endOfArchive]);
}
