import { resolve } from "node:path";
import { GantryError } from "../errors.js";
import { openWorkspace } from "../build/workspace.js";
import { familiarReference, formatReference, parseReference } from "../model/reference.js";
import { readArchive, writeArchive } from "../places/archive/archive.js";
import { readDockerArchive } from "../places/docker-archive/read.js";
import { writeDockerArchive } from "../places/docker-archive/write.js";
import { openLayout } from "../places/layout/layout.js";
import { parsePlace } from "../places/name.js";
import { openStore } from "../places/store.js";
import type { CommonOptions } from "../build/options.js";
import type { Workspace } from "../build/workspace.js";
import type { Destination, Source } from "../model/place.js";
import type { PlaceName } from "../places/name.js";

/** A place and a name in it, ready to be read from or written to. Dispose of it: it may hold connections. */
export interface Place extends AsyncDisposable {
  /** To read from; `name` says what. */
  source(): Promise<Source>;
  /** What the source is to be asked for: a tag, a digest, a layout's name; undefined where the only image is meant. */
  readonly name: string | undefined;
  /** To write to; `names` says under which names. */
  destination(): Destination;
  readonly names: readonly string[];
}

/**
 * Opens a place as the command line names it: a reference, `oci:DIR[:NAME]`, `oci-archive:FILE`,
 * `docker-archive:FILE[:REFERENCE]` or `store:NAME`. Throws ERR_GANTRY_USAGE or ERR_GANTRY_REFERENCE_INVALID.
 */
export async function openPlace(text: string, options: CommonOptions = {}): Promise<Place> {
  const parsed = parsePlace(text);
  const workspace = await openWorkspace(options);
  return { ...placeIn(workspace, parsed), [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose]() };
}

/** The same within a workspace that is open already, so that several places share connections. */
export function placeIn(workspace: Workspace, place: PlaceName): Omit<Place, keyof AsyncDisposable> {
  const { session, system, store } = workspace;
  const token = () => system.token(8);
  switch (place.type) {
    case "registry": {
      const { reference } = place;
      return {
        source: async () => session.source(reference),
        name: reference.digest ?? reference.tag ?? "latest",
        destination: () => session.destination(reference.registry),
        names: [formatReference(reference)],
      };
    }
    case "oci": {
      const layout = openLayout(resolve(system.cwd, place.path), { token, label: `oci:${place.path}` });
      return {
        source: async () => layout,
        name: place.name,
        destination: () => layout,
        names: [place.name ?? "latest"],
      };
    }
    case "oci-archive": {
      const file = resolve(system.cwd, place.path);
      return {
        source: () => readArchive(file),
        name: place.name,
        destination: () => writeArchive({ file, token }),
        names: [place.name ?? "latest"],
      };
    }
    case "docker-archive": {
      const file = resolve(system.cwd, place.path);
      return {
        source: () => readDockerArchive(file),
        name: place.name,
        destination: () => writeDockerArchive({ file, token }),
        names: place.name === undefined ? [] : [place.name],
      };
    }
    case "store": {
      const opened = openStore(store, { token, now: system.now });
      const named = { source: async () => opened, destination: () => opened };
      return { ...named, name: storeName(place.name), names: [storeName(place.name)] };
    }
  }
}

/** How the local store spells a name: a reference as short as docker writes it, with its tag; a bare name as it is. */
export function storeName(text: string): string {
  if (!/[:/@]/.test(text)) return text;
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new GantryError(
      "ERR_GANTRY_REFERENCE_INVALID",
      `"${text}" names a digest: images in the local store have tags`,
    );
  }
  return familiarReference({ ...reference, tag: reference.tag ?? "latest" });
}
