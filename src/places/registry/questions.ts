import type { Content, Image, Manifest } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { isForeign, originsIn } from "./blob-placement.js";
import type { RegistryHost } from "./host.js";
import type { Ledger } from "./ledger.js";
import { hasManifest, isTagged } from "./manifests.js";
import { together } from "./together.js";
import { askForBlob } from "./upload.js";

/** Tags by repository. */
export type Tags = ReadonlyMap<string, readonly string[]>;

/** What a registry is asked before anything is sent to it, with as few requests as tell. */
export interface Questions {
  /**
   * Finds out which repositories have a manifest, and so all below it, and notes them in the ledger. Returns what the
   * others are then known not to have.
   */
  ask(
    manifest: Manifest,
    repositories: readonly string[],
    options: IoOptions & { readonly tags?: Tags | undefined },
  ): Promise<(blob: Content) => readonly string[]>;
  /** Whether a tag was found to name the manifest, or noted to. */
  isTagged(manifest: Manifest, tag: Tag): boolean;
  noteTagged(manifest: Manifest, tag: Tag): void;
}

interface Tag {
  readonly repository: string;
  readonly reference: string;
}

/** A configuration this small is sent rather than asked for: without its manifest it is hardly ever there. */
const smallConfig = 65_536;

/**
 * A manifest that is to get tags is asked for by them: one that names it already settles that it is there and that the
 * tag stays. Where none does, the image's own last layer is asked for, which has to be asked for anyway: an image that
 * lacks it is not there. Only where that says nothing, the manifest is asked for by its digest.
 */
export function createQuestions(host: RegistryHost, ledger: Ledger): Questions {
  const tagged = new Map<string, Digest>();

  const askTags = async (manifest: Manifest, repository: string, { tags, ...io }: Asking) => {
    await together(tags, io.signal, async (tag, signal) => {
      if (!(await isTagged(host, { repository, tag, manifest }, { ...io, signal }))) return;
      tagged.set(nameOf({ repository, reference: tag }), manifest.descriptor.digest);
      ledger.holders(manifest.descriptor.digest).add(repository);
    });
    return ledger.holders(manifest.descriptor.digest).has(repository);
  };

  /** Whether the repository is certain to lack the layer. */
  const lacks = async (layer: Content, repository: string, io: IoOptions): Promise<boolean> => {
    if (ledger.holders(layer.descriptor.digest).has(repository)) return false;
    const answer = await askForBlob({ host, repository }, layer.descriptor, io);
    if (answer === "there") ledger.holders(layer.descriptor.digest).add(repository);
    return answer === "absent";
  };

  return {
    async ask(manifest, repositories, { tags, signal, onEvent }) {
      const { digest } = manifest.descriptor;
      const without: string[] = [];
      const layer = ownLayer(host, manifest);
      await together(repositories, signal, async (repository, each) => {
        const io = { signal: each, onEvent };
        const wanted = tags?.get(repository) ?? [];
        if (wanted.length > 0) {
          if (await askTags(manifest, repository, { tags: wanted, ...io })) return;
          // It was packed anew and is there since a moment: what names it hardly is.
          if (layer !== undefined && ledger.drafted(layer.descriptor.digest).has(repository)) return;
          if (layer !== undefined && (await lacks(layer, repository, io)))
            return void without.push(repository);
        }
        if (await hasManifest(host, repository, { manifest, ...io })) ledger.holders(digest).add(repository);
      });
      return (blob) => {
        if (blob.descriptor.digest === layer?.descriptor.digest) return without;
        return isOwnConfig(blob, manifest) && blob.descriptor.size <= smallConfig ? repositories : [];
      };
    },
    isTagged: (manifest, tag) => tagged.get(nameOf(tag)) === manifest.descriptor.digest,
    noteTagged: (manifest, tag) => void tagged.set(nameOf(tag), manifest.descriptor.digest),
  };
}

interface Asking extends IoOptions {
  readonly tags: readonly string[];
}

function nameOf({ repository, reference }: Tag): string {
  return `${repository}:${reference}`;
}

/** The last layer that no other repository of the registry lends: an app's own, which changes most. */
function ownLayer(host: RegistryHost, manifest: Manifest): Content | undefined {
  return layersOf(manifest).findLast((layer) => originsIn(host, layer, "").length === 0 && !isForeign(layer));
}

function layersOf(manifest: Manifest): Image["layers"] {
  return "layers" in manifest ? (manifest as Image).layers : [];
}

function isOwnConfig({ descriptor }: Content, manifest: Manifest): boolean {
  return (
    "configContent" in manifest && (manifest as Image).configContent.descriptor.digest === descriptor.digest
  );
}
