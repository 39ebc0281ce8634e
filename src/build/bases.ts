import { SingleFlight } from "../concurrency.js";
import { during } from "../errors.js";
import { inStep, startStep, type IoOptions } from "../model/events.js";
import { formatPlatform } from "../model/platform.js";
import { formatReference, parseReference } from "../model/reference.js";
import { imageOf, readArtifact } from "../places/artifact.js";
import { keepDocuments, type KeepOptions } from "../places/kept-documents.js";
import { openLayout } from "../places/layout/layout.js";
import { splitLayout } from "../places/layout/split-layout.js";
import type { Extract } from "../context/base-tree/extract.js";
import type { Artifact, Image } from "../model/content.js";
import type { Source } from "../model/place.js";
import type { KeptTrees } from "../context/base-tree/kept-tree.js";
import type { FileTree } from "../plan/file-tree.js";
import type { PinnedBase } from "../plan/plan.js";
import type { RemoteFiles } from "../plan/remote-files.js";
import type { Sweeper } from "../plan/sweep.js";
import type { Programs, World } from "../plan/world.js";
import type { RegistrySession } from "../places/registry/session.js";
import type { System } from "../system.js";

const layoutPrefix = "oci-layout:";

export interface WorldOptions {
  readonly system: System;
  readonly session: RegistrySession;
  /** Where manifests and configurations of bases are kept for the next build; nowhere without it. */
  readonly documents?: KeepOptions | undefined;
  /** Where the file trees of bases are kept for the next build; nowhere without it. */
  readonly trees?: KeptTrees | undefined;
  /** Where files of bases are brought that are copied out of them. */
  readonly extract: Extract;
  readonly remote: RemoteFiles;
  /** Lists archives that are unpacked. */
  readonly archive: World["archive"];
  readonly sweeper: Sweeper;
  readonly programs?: Programs | undefined;
}

/**
 * The world as a build sees it: every base is resolved once, and each of its platforms read and listed once, for all
 * images.
 */
export function createWorld(options: WorldOptions): World {
  const { system, remote, sweeper, archive, programs } = options;
  const artifacts = new SingleFlight<string, Artifact>();
  const images = new SingleFlight<string, Image>();
  const trees = new SingleFlight<string, FileTree>();
  return {
    system,
    remote,
    sweeper,
    archive,
    ...(programs === undefined ? {} : { programs }),
    async base(name, platform, io = {}) {
      const place = findBase(name, options);
      const about = `base ${name} (${formatPlatform(platform)})`;
      const image = await images.get(`${name} ${formatPlatform(platform)}`, () =>
        inStep(
          io.onEvent,
          { name: about, kind: "base" },
          () => resolveBase(place, name, platform, io),
          shortDigest,
        ),
      );
      return { name, image, ...(place.reference === undefined ? {} : { reference: place.reference }) };
    },
    tree: (base, io = {}) =>
      trees.get(base.image.configContent.descriptor.digest, () =>
        listBase(base, { kept: options.trees, extract: options.extract, ...io }),
      ),
  };

  async function resolveBase(place: BasePlace, name: string, platform: Image["platform"], io: IoOptions) {
    const artifact = await artifacts.get(name, () => readArtifact(place.source, place.wanted, io));
    return imageOf(artifact, platform, { what: name, ...io });
  }
}

/** The base's file tree, as a step of its own that ends as cached where no layer had to be read. */
async function listBase(
  { name, image }: PinnedBase,
  {
    kept,
    extract,
    signal,
    onEvent,
  }: IoOptions & { readonly kept: KeptTrees | undefined; readonly extract: Extract },
): Promise<FileTree> {
  const about = `list base ${name} (${formatPlatform(image.platform)})`;
  const step = startStep(onEvent, { name: about, kind: "base" });
  const total = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const onProgress = (bytes: number) => step.progress(Math.min(bytes, total), total);
  try {
    // Most builds never ask.
    const { openTree } = await import("../context/base-tree/kept-tree.js");
    const { tree, isKept } = await openTree(image.layers, { kept, extract, signal, onEvent, onProgress });
    step.end(undefined, isKept ? "cached" : "done");
    return tree;
  } catch (error) {
    const failure = during(`listing the files of base ${name}`, error);
    step.fail(failure.message);
    throw failure;
  }
}

interface BasePlace {
  readonly source: Source;
  /** The tag, digest or name within the source. */
  readonly wanted: string | undefined;
  /** Normalised, for a base that others can find by it. */
  readonly reference?: string;
}

function findBase(name: string, { session, system, documents }: WorldOptions): BasePlace {
  if (name.startsWith(layoutPrefix)) {
    const [folder, wanted] = splitLayout(name.slice(layoutPrefix.length));
    return { source: openLayout(folder, { token: () => system.token(8) }), wanted };
  }
  const reference = parseReference(name);
  const tagged = { ...reference, ...((reference.tag ?? reference.digest) ? {} : { tag: "latest" }) };
  const source = session.source(tagged);
  return {
    source: documents === undefined ? source : keepDocuments(source, documents),
    wanted: tagged.digest ?? tagged.tag,
    reference: formatReference(tagged),
  };
}

function shortDigest(image: Image): string {
  return image.descriptor.digest.slice(0, 19);
}
