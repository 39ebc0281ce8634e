import { Semaphore } from "../../concurrency.js";
import { GantryError } from "../../errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { pushScopes, type RegistryHost } from "./host.js";
import { cancel, sessionOf, type BlobPlace } from "./upload-session.js";

/** What came of asking for a mount. */
export interface Mounted {
  /** The repository that lent the blob; undefined where none did. */
  readonly from?: string | undefined;
  /** What the registry opened instead: the blob may be uploaded into it. */
  readonly session?: URL | undefined;
}

/** Takes blobs over from other repositories of one registry. */
export interface Mounter {
  /** Asks one lender after the other. What is refused only means that the blob has to be uploaded. */
  mount(place: BlobPlace, about: Loan, io: IoOptions): Promise<Mounted>;
  /**
   * The same before anybody has asked whether the blob is there, which saves that question; undefined where the registry
   * has refused mounts. Until it has answered one, a second waits: registries that mount nothing (ECR, Nexus) open a
   * session for each, and want asking one by one.
   */
  mountUnasked(place: BlobPlace, about: Loan, io: IoOptions): Promise<Mounted | undefined>;
}

interface Loan {
  readonly digest: Digest;
  readonly lenders: readonly string[];
}

export function createMounter({ learnt }: RegistryHost): Mounter {
  const first = new Semaphore(1);
  const mount: Mounter["mount"] = async (place, { digest, lenders }, io) => {
    let session: URL | undefined;
    for (const from of lenders) {
      const answer = await mountBlob(place, { digest, from }, io);
      if (answer.mounted) {
        learnt.mounts = true;
        return { from };
      }
      learnt.mounts ??= false;
      if (answer.session !== undefined && session !== undefined) await cancel(place, session);
      session = answer.session ?? session;
    }
    return { session };
  };
  return {
    mount,
    async mountUnasked(place, loan, io) {
      const release = learnt.mounts === undefined ? await first.acquire(io.signal) : () => undefined;
      try {
        return learnt.mounts === false ? undefined : await mount(place, loan, io);
      } finally {
        release();
      }
    },
  };
}

/** Asks the registry to take a blob over from another of its repositories. */
async function mountBlob(
  place: BlobPlace,
  { digest, from }: { readonly digest: Digest; readonly from: string },
  io: IoOptions,
): Promise<{ readonly mounted: boolean; readonly session?: URL }> {
  const { host, repository } = place;
  const url = host.at(`${repository}/blobs/uploads/`);
  url.search = `?mount=${digest}&from=${encodeURIComponent(from)}`;
  const request: HttpRequest = {
    method: "POST",
    url,
    lane: "control",
    scopes: pushScopes(repository, from),
    ...io,
  };
  try {
    const reply = await host.call(request);
    if (reply.status === 201) return { mounted: true };
    const session = reply.status === 202 ? sessionOf(reply) : undefined;
    return { mounted: false, ...(session === undefined ? {} : { session }) };
  } catch (error) {
    if (io.signal?.aborted === true || !(error instanceof GantryError)) throw error;
    return { mounted: false };
  }
}
