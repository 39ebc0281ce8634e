import { Semaphore } from "../../concurrency.js";
import { RegistryError } from "../../http/errors.js";
import { isManifest, type Content, type Manifest } from "../../model/content.js";
import { inStep, startStep, type IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { shortDigest, type RegistryHost } from "./host.js";
import { hasManifest, putManifest } from "./manifests.js";
import { mountBlob } from "./mount.js";
import { together } from "./together.js";
import { cancel } from "./upload-session.js";
import { hasBlob, uploadBlob } from "./upload.js";

/** Brings contents into repositories of one registry; what it learns about who holds what serves all pushes of a session. */
export interface Placement {
  /** Brings a manifest and all below it into the repositories, children first. */
  place(manifest: Manifest, repositories: readonly string[], io?: IoOptions): Promise<void>;
  /**
   * Puts a manifest under a tag or its digest. Where the registry then says that it lacks something below it, such as
   * after a garbage collection between our question and the manifest, all of that is looked for and brought once more.
   */
  put(
    manifest: Manifest,
    where: { readonly repository: string; readonly reference: string },
    io?: IoOptions,
  ): Promise<void>;
}

/** `lenders` are repositories known to hold the content already. */
interface Task extends IoOptions {
  readonly repositories: readonly string[];
  readonly lenders: readonly string[];
}

export function createPlacement(host: RegistryHost): Placement {
  const holders = new Map<Digest, Set<string>>();
  const locks = new Map<Digest, Semaphore>();

  /** Runs alone for a digest, so that whatever asks for it second finds what the first brought. Locks go from parent to child only. */
  const alone = async (
    content: Content,
    { repositories, lenders, ...io }: Task,
    work: (held: Set<string>, missing: readonly string[]) => Promise<void>,
  ): Promise<void> => {
    const { digest } = content.descriptor;
    if (!locks.has(digest)) locks.set(digest, new Semaphore(1));
    await locks.get(digest)!.run(async () => {
      const held = holders.get(digest) ?? new Set();
      holders.set(digest, held);
      for (const lender of lenders) held.add(lender);
      const missing = repositories.filter((repository) => !held.has(repository));
      if (missing.length > 0) await work(held, missing);
    }, io.signal);
  };

  const placeManifest = (manifest: Manifest, task: Task): Promise<void> =>
    alone(manifest, task, async (held, asked) => {
      const { onEvent } = task;
      await together(asked, task.signal, async (repository, signal) => {
        if (await hasManifest(host, repository, { manifest, signal, onEvent })) held.add(repository);
      });
      const repositories = asked.filter((repository) => !held.has(repository));
      if (repositories.length === 0) return;
      const children = await manifest.children({ signal: task.signal, onEvent });
      const lenders = [...held];
      await together(children, task.signal, (child, signal) => {
        const below = { repositories, lenders, signal, onEvent };
        return isManifest(child) ? placeManifest(child, below) : placeBlob(child, below);
      });
      await together(repositories, task.signal, async (repository, signal) => {
        await put(manifest, { repository, reference: manifest.descriptor.digest }, { signal, onEvent });
        held.add(repository);
      });
    });

  const put: Placement["put"] = async (manifest, { repository, reference }, io = {}) => {
    try {
      await putManifest(host, { repository, reference, manifest }, io);
    } catch (error) {
      if (!lacksContent(error)) throw error;
      await forget(manifest, repository, io);
      const below = { repositories: [repository], lenders: [], ...io };
      await together(await manifest.children(io), io.signal, (child, signal) =>
        isManifest(child)
          ? placeManifest(child, { ...below, signal })
          : placeBlob(child, { ...below, signal }),
      );
      await putManifest(host, { repository, reference, manifest }, io);
    }
  };

  /** Nothing below the manifest counts as being in the repository any more. */
  const forget = async (manifest: Manifest, repository: string, io: IoOptions): Promise<void> => {
    for (const child of await manifest.children(io)) {
      holders.get(child.descriptor.digest)?.delete(repository);
      if (isManifest(child)) await forget(child, repository, io);
    }
  };

  const placeBlob = async (content: Content, task: Task): Promise<void> => {
    if (isForeign(content)) return;
    await alone(content, task, async (held, asked) => {
      const { signal, onEvent } = task;
      const lent = held.size > 0;
      if (!lent) await findHolders(content, asked, { held, signal, onEvent });
      let missing = asked.filter((repository) => !held.has(repository));
      if (missing.length === 0) return noteCached(content, task, "already there");
      if (held.size === 0) {
        const home = missing[0]!;
        await bring(content, home, { from: originsIn(host, content, home), absent: true, signal, onEvent });
        held.add(home);
        missing = missing.slice(1);
      }
      const from = [...held].slice(0, 1);
      await together(missing, signal, async (repository, each) => {
        await bring(content, repository, { from, absent: !lent, signal: each, onEvent });
        held.add(repository);
      });
    });
  };

  const findHolders = (
    content: Content,
    repositories: readonly string[],
    { held, signal, onEvent }: IoOptions & { readonly held: Set<string> },
  ): Promise<void> =>
    together(repositories, signal, async (repository, each) => {
      if (await hasBlob({ host, repository }, content.descriptor, { signal: each, onEvent }))
        held.add(repository);
    });

  /** Mounts where it can be, else uploads; `absent` says that the repository was asked and does not have the blob. */
  const bring = async (
    content: Content,
    repository: string,
    { from, absent, ...io }: IoOptions & { readonly from: readonly string[]; readonly absent: boolean },
  ): Promise<void> => {
    const place = { host, repository };
    const { descriptor } = content;
    let session: URL | undefined;
    for (const lender of from) {
      const answer = await mountBlob(place, { digest: descriptor.digest, from: lender }, io);
      if (answer.mounted) return noteCached(content, io, `mounted from ${lender}`);
      if (answer.session !== undefined && session !== undefined) await cancel(place, session);
      session = answer.session ?? session;
    }
    if (!absent && (await hasBlob(place, descriptor, io))) {
      if (session !== undefined) await cancel(place, session);
      return noteCached(content, io, "already there");
    }
    await inStep(io.onEvent, { name: uploadName(content), kind: "upload" }, async (step) => {
      step.progress(0, descriptor.size);
      await uploadBlob(place, content, {
        ...io,
        session,
        onSent: (sent) => step.progress(sent, descriptor.size),
      });
    });
  };

  const uploadName = ({ descriptor }: Content) =>
    `upload ${shortDigest(descriptor.digest)} to ${host.registry}`;

  const noteCached = (content: Content, { onEvent }: IoOptions, note: string): void =>
    startStep(onEvent, { name: uploadName(content), kind: "upload" }).end(note, "cached");

  return {
    place: (manifest, repositories, io = {}) => placeManifest(manifest, { ...io, repositories, lenders: [] }),
    put,
  };
}

/** Whether a registry refused a manifest for want of what it names. */
function lacksContent(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.method !== "PUT") return false;
  return error.registryCode === "MANIFEST_BLOB_UNKNOWN" || error.registryCode === "BLOB_UNKNOWN";
}

/** Repositories of this registry that the content is known to be in. */
function originsIn({ registry }: RegistryHost, { origins = [] }: Content, except: string): string[] {
  const here = origins.filter((origin) => origin.registry === registry && origin.repository !== except);
  return [...new Set(here.map(({ repository }) => repository))].slice(0, 2);
}

/** Layers whose bytes only their publisher may hand out stay where they are (image-spec layer.md, "Non-Distributable Layers"). */
function isForeign({ descriptor: { mediaType, urls = [] } }: Content): boolean {
  return urls.length > 0 && /nondistributable|foreign/.test(mediaType);
}
