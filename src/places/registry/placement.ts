import { RegistryError } from "../../http/errors.js";
import { isManifest, type Content, type Manifest } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { createBlobPlacement } from "./blob-placement.js";
import type { RegistryHost } from "./host.js";
import { createLedger } from "./ledger.js";
import { putManifest } from "./manifests.js";
import { createQuestions, type Tags } from "./questions.js";
import { together } from "./together.js";

/** Brings contents into repositories of one registry; what it learns about who holds what serves all pushes of a session. */
export interface Placement {
  /** Brings a manifest and all below it into the repositories, children first. */
  place(manifest: Manifest, repositories: readonly string[], options?: PlaceOptions): Promise<void>;
  /**
   * Puts a manifest under a tag or its digest. Where the registry then says that it lacks something below it, such as
   * after a garbage collection between our question and the manifest, all of that is looked for and brought once more.
   */
  put(manifest: Manifest, where: Where, io?: IoOptions): Promise<void>;
  /** Notes that a repository got a blob that nobody had asked it for. */
  hold(digest: Digest, repository: string): void;
  /** Whether the tag was found to name the manifest, or was moved there, and has not been moved by us since. */
  isTagged(manifest: Manifest, where: Where): boolean;
}

export interface PlaceOptions extends IoOptions {
  /** The tags that the manifest is to get, by repository: what they name now may settle everything. */
  readonly tags?: Tags | undefined;
  /** Leaves the manifest itself to be put under its tags. */
  readonly below?: boolean | undefined;
}

interface Where {
  readonly repository: string;
  /** A tag or the manifest's digest. */
  readonly reference: string;
}

interface Task extends PlaceOptions {
  readonly repositories: readonly string[];
  /** Repositories known to hold the content already. */
  readonly lenders: readonly string[];
}

export function createPlacement(host: RegistryHost): Placement {
  const ledger = createLedger();
  const questions = createQuestions(host, ledger);
  const placeBlob = createBlobPlacement(host, ledger);

  const placeManifest = (manifest: Manifest, { repositories: wanted, lenders, ...task }: Task) =>
    ledger.alone(
      manifest.descriptor.digest,
      async () => {
        const { signal, onEvent } = task;
        const held = ledger.holders(manifest.descriptor.digest);
        for (const lender of lenders) held.add(lender);
        const asked = wanted.filter((repository) => !held.has(repository));
        const lacking = await questions.ask(manifest, asked, task);
        const repositories = asked.filter((repository) => !held.has(repository));
        if (repositories.length === 0) return;
        const below = { repositories, lenders: [...held], lacking, onEvent };
        await placeBelow(manifest, { ...below, signal });
        if (task.below === true) return;
        await together(repositories, signal, (repository, each) =>
          put(manifest, { repository, reference: manifest.descriptor.digest }, { signal: each, onEvent }),
        );
      },
      task.signal,
    );

  const placeBelow = async (manifest: Manifest, { lacking, ...task }: Below): Promise<void> => {
    const children = await manifest.children(task);
    await together(children, task.signal, (child, signal) =>
      isManifest(child)
        ? placeManifest(child, { ...task, signal })
        : placeBlob(child, { ...task, signal, lacking: lacking?.(child) }),
    );
  };

  const put: Placement["put"] = async (manifest, where, io = {}) => {
    const { repository } = where;
    try {
      await putManifest(host, { ...where, manifest }, io);
    } catch (error) {
      if (!lacksContent(error)) throw error;
      await forget(manifest, repository, io);
      await placeBelow(manifest, { repositories: [repository], lenders: [], ...io });
      await putManifest(host, { ...where, manifest }, io);
    }
    ledger.holders(manifest.descriptor.digest).add(repository);
    questions.noteTagged(manifest, where);
  };

  /** Nothing below the manifest counts as being in the repository any more. */
  const forget = async (manifest: Manifest, repository: string, io: IoOptions): Promise<void> => {
    for (const child of await manifest.children(io)) {
      ledger.holders(child.descriptor.digest).delete(repository);
      if (isManifest(child)) await forget(child, repository, io);
    }
  };

  return {
    place: (manifest, repositories, options = {}) =>
      placeManifest(manifest, { ...options, repositories, lenders: [] }),
    put,
    hold: (digest, repository) => {
      ledger.holders(digest).add(repository);
      ledger.drafted(digest).add(repository);
    },
    isTagged: questions.isTagged,
  };
}

interface Below extends Omit<Task, "tags" | "below"> {
  /** The repositories that do not have a blob. */
  readonly lacking?: ((blob: Content) => readonly string[]) | undefined;
}

/** Whether a registry refused a manifest for want of what it names. */
function lacksContent(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.method !== "PUT") return false;
  return error.registryCode === "MANIFEST_BLOB_UNKNOWN" || error.registryCode === "BLOB_UNKNOWN";
}
