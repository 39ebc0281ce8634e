import { SingleFlight } from "../concurrency.js";
import { inStep } from "../model/events.js";
import { formatPlatform } from "../model/platform.js";
import { formatReference, parseReference } from "../model/reference.js";
import { imageOf, readArtifact } from "../places/artifact.js";
import { keepDocuments, type KeepOptions } from "../places/kept-documents.js";
import { openLayout } from "../places/layout/layout.js";
import type { Artifact, Image } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Source } from "../model/place.js";
import type { FolderLister, World } from "../plan/world.js";
import type { RegistrySession } from "../places/registry/session.js";
import type { System } from "../system.js";

const layoutPrefix = "oci-layout:";

export interface WorldOptions {
  readonly system: System;
  readonly session: RegistrySession;
  /** Where manifests and configurations of bases are kept for the next build; nowhere without it. */
  readonly documents?: KeepOptions | undefined;
  readonly lister: FolderLister;
}

/** The world as a build sees it: every base is resolved once, and each of its platforms read once, for all images. */
export function createWorld(options: WorldOptions): World {
  const { system, lister } = options;
  const artifacts = new SingleFlight<string, Artifact>();
  const images = new SingleFlight<string, Image>();
  return {
    system,
    lister,
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
  };

  async function resolveBase(place: BasePlace, name: string, platform: Image["platform"], io: IoOptions) {
    const artifact = await artifacts.get(name, () => readArtifact(place.source, place.wanted, io));
    return imageOf(artifact, platform, { what: name, ...io });
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

/** "DIR" or "DIR:NAME"; the colon of a Windows drive is not the one. */
function splitLayout(text: string): [folder: string, name: string | undefined] {
  const colon = text.indexOf(":", /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0);
  return colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function shortDigest(image: Image): string {
  return image.descriptor.digest.slice(0, 19);
}
