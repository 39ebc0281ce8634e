import { createHash } from "node:crypto";
import { posix } from "node:path";
import { decompress } from "../../../src/codec/decompress.js";
import { readAll } from "../../../src/model/digest.js";
import { imageOf, readArtifact } from "../../../src/places/artifact.js";
import { openLayout } from "../../../src/places/layout/layout.js";
import { readTar } from "../../../src/tar/read.js";
import type { Layer } from "../../../src/model/content.js";
import type { ImageConfig, Platform } from "../../../src/model/oci.js";
import type { Source } from "../../../src/model/place.js";
import type { Outcome } from "./cases/case.js";

/** What the one image in a layout is, whoever built it. */
export async function outcomeOf(layout: string, platform: Platform): Promise<Outcome> {
  return outcomeIn(openLayout(layout, { token: () => "none" }), platform);
}

/** What the one image in a place is. */
export async function outcomeIn(source: Source, platform: Platform): Promise<Outcome> {
  const image = await imageOf(await readArtifact(source, undefined, {}), platform, { what: source.label });
  const files: Files = new Map();
  for (const layer of image.layers) await unpack(layer, files);
  return { config: configOf(image.config), history: historyOf(image.config), files: listing(files) };
}

/** What is at each path; names of one file (hard links) have the same object. Two names of a symlink are as good as two symlinks. */
type Files = Map<string, { readonly what: string }>;

function listing(files: Files): readonly string[] {
  const firsts = new Map<object, string>();
  return [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, file]) => {
      const first = firsts.get(file);
      if (first === undefined) firsts.set(file, path);
      return `/${path} ${file.what}${first === undefined ? "" : ` is /${first}`}`;
    });
}

function configOf({ config, author, architecture, os, variant }: ImageConfig): Outcome["config"] {
  return JSON.parse(
    JSON.stringify(sorted({ ...config, author, architecture, os, variant })),
  ) as Outcome["config"];
}

/** Go writes maps and structs in orders of their own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function historyOf({ history = [] }: ImageConfig): readonly string[] {
  return history.map(
    ({ created_by = "", empty_layer = false }) => `${created_by}${empty_layer ? " (empty)" : ""}`,
  );
}

/** Lays a layer over the files that are there: a whiteout takes what is below its name away (image-spec layer.md). */
async function unpack(layer: Layer, files: Files): Promise<void> {
  for await (const { header, body } of readTar(decompress(layer.open(), { what: "layer" }))) {
    const { path, type, mode, uid, gid, size, linkTarget = "", device, xattrs = {} } = header;
    const bytes = await readAll(body, { limit: size, what: path });
    const name = posix.basename(path);
    if (path === "") continue;
    if (name.startsWith(".wh.")) remove(files, posix.join(posix.dirname(path), name.slice(4)));
    else if (type === "symlink") files.set(path, { what: `symlink -> ${linkTarget}` });
    else if (type === "hardlink") files.set(path, nameOf(files.get(linkTarget)));
    else {
      const hash =
        type === "file" ? ` ${size} ${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}` : "";
      const numbers = device === undefined ? "" : ` ${device.major}:${device.minor}`;
      const attributes = Object.entries(xattrs).map(
        ([key, value]) => ` ${key}=${Buffer.from(value).toString("hex")}`,
      );
      const shown = `${type} ${mode.toString(8).padStart(4, "0")} ${uid}:${gid}${hash}${numbers}`;
      files.set(path, { what: [shown, ...attributes].join("") });
    }
  }
}

function nameOf(file: { readonly what: string } | undefined): { readonly what: string } {
  if (file === undefined) return { what: "dangling" };
  return file.what.startsWith("symlink") ? { ...file } : file;
}

function remove(files: Files, path: string): void {
  for (const each of files.keys()) if (each === path || each.startsWith(`${path}/`)) files.delete(each);
}
