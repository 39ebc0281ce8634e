import type { Content } from "../../model/content.js";
import { inStep, startStep, type IoOptions } from "../../model/events.js";
import { shortDigest, type RegistryHost } from "./host.js";
import type { Ledger } from "./ledger.js";
import { createMounter, type Mounted } from "./mount.js";
import { together } from "./together.js";
import { cancel } from "./upload-session.js";
import { hasBlob, uploadBlob } from "./upload.js";

/** What is known of a blob that is to be in some repositories. */
export interface BlobTask extends IoOptions {
  readonly repositories: readonly string[];
  /** Repositories known to hold it already. */
  readonly lenders: readonly string[];
  /** Repositories that do not have it, as far as anybody can tell: they are not asked. */
  readonly lacking?: readonly string[] | undefined;
}

/** Brings a blob into repositories of one registry. */
export type PlaceBlob = (content: Content, task: BlobTask) => Promise<void>;

/**
 * The cheapest way that is safe: what is held in the session's knowledge costs nothing; what another repository holds is
 * mounted; what came from a repository of this registry is mounted unasked; anything else is asked for, then uploaded to
 * one repository and mounted into the others.
 */
export function createBlobPlacement(host: RegistryHost, ledger: Ledger): PlaceBlob {
  const mounter = createMounter(host);

  const placeBlob: PlaceBlob = async (content, task) => {
    const { digest } = content.descriptor;
    if (isForeign(content)) return;
    await ledger.alone(
      digest,
      async () => {
        const held = ledger.holders(digest);
        for (const lender of task.lenders) held.add(lender);
        const missing = task.repositories.filter((repository) => !held.has(repository));
        if (missing.length > 0) await (held.size > 0 ? lend : find)(content, missing, { ...task, held });
      },
      task.signal,
    );
  };

  /** Nobody is known to hold it: somebody is found, or one repository gets it; then that one lends it. */
  const find = async (content: Content, missing: readonly string[], task: Held): Promise<void> => {
    const { held, lacking = [], ...io } = task;
    const [home] = missing as [string, ...string[]];
    const lenders = originsIn(host, content, home);
    const place = { host, repository: home };
    const loan = { digest: content.descriptor.digest, lenders };
    const unasked = lenders.length === 0 ? undefined : await mounter.mountUnasked(place, loan, io);
    if (unasked?.from !== undefined) {
      held.add(home);
      noteCached(content, task, `mounted from ${unasked.from}`);
      return await lend(content, missing.slice(1), task);
    }
    const unknown = missing.filter((repository) => !lacking.includes(repository));
    await findHolders(content, unknown, task);
    if (held.size > 0 && unasked?.session !== undefined) await cancel(place, unasked.session);
    if (missing.every((repository) => held.has(repository)))
      return noteCached(content, task, "already there");
    if (held.size === 0) {
      const loaned = unasked ?? (await mounter.mount(place, loan, io));
      await take(content, home, { ...task, loaned });
    }
    const rest = missing.filter((repository) => !held.has(repository));
    await lend(content, rest, { ...task, lacking: rest });
  };

  const findHolders = (
    content: Content,
    repositories: readonly string[],
    { held, signal, onEvent }: Held,
  ): Promise<void> =>
    together(repositories, signal, async (repository, each) => {
      const io = { signal: each, onEvent };
      if (await hasBlob({ host, repository }, content.descriptor, io)) held.add(repository);
    });

  /** Somebody holds it: it is mounted from there into the others. */
  const lend = async (content: Content, missing: readonly string[], task: Held): Promise<void> => {
    const { held, lacking = [], onEvent } = task;
    const { digest } = content.descriptor;
    const lenders = [...held].slice(0, 1);
    await together(missing, task.signal, async (repository, signal) => {
      const place = { host, repository };
      const io = { signal, onEvent };
      const loaned = await mounter.mount(place, { digest, lenders }, io);
      const settled = loaned.from !== undefined || lacking.includes(repository);
      if (settled || !(await hasBlob(place, content.descriptor, io)))
        return await take(content, repository, { ...task, ...io, loaned });
      if (loaned.session !== undefined) await cancel(place, loaned.session);
      held.add(repository);
      noteCached(content, task, "already there");
    });
  };

  /** Takes what was mounted as it is, and uploads what was not. */
  const take = async (
    content: Content,
    repository: string,
    { held, loaned, signal, onEvent }: Held & { readonly loaned: Mounted },
  ): Promise<void> => {
    if (loaned.from !== undefined) noteCached(content, { onEvent }, `mounted from ${loaned.from}`);
    else await upload(content, repository, { session: loaned.session, signal, onEvent });
    held.add(repository);
  };

  const upload = (
    content: Content,
    repository: string,
    { session, ...io }: IoOptions & { readonly session: URL | undefined },
  ): Promise<void> => {
    const { size } = content.descriptor;
    return inStep(io.onEvent, { name: uploadName(content), kind: "upload" }, async (step) => {
      step.progress(0, size);
      const onSent = (sent: number) => step.progress(sent, size);
      await uploadBlob({ host, repository }, content, { ...io, session, onSent });
    });
  };

  const uploadName = ({ descriptor }: Content) =>
    `upload ${shortDigest(descriptor.digest)} to ${host.registry}`;

  const noteCached = (content: Content, { onEvent }: IoOptions, note: string): void =>
    startStep(onEvent, { name: uploadName(content), kind: "upload" }).end(note, "cached");

  return placeBlob;
}

interface Held extends Omit<BlobTask, "repositories" | "lenders"> {
  /** The repositories that hold the blob; grows. */
  readonly held: Set<string>;
}

/** Repositories of this registry that the content is known to be in. */
export function originsIn(
  { registry }: RegistryHost,
  { origins = [] }: Content,
  except: string,
): readonly string[] {
  const here = origins.filter((origin) => origin.registry === registry && origin.repository !== except);
  return [...new Set(here.map(({ repository }) => repository))].slice(0, 2);
}

/** Layers whose bytes only their publisher may hand out stay where they are (image-spec layer.md, "Non-Distributable Layers"). */
export function isForeign({ descriptor: { mediaType, urls = [] } }: Content): boolean {
  return urls.length > 0 && /nondistributable|foreign/.test(mediaType);
}
