import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../bench/soak/random.js";
import { collectGarbage, type RegistryServer } from "../../src/registry.js";
import { makeManifest, putManifest, pushBlob, sha256 } from "./support.js";

const minute = 60_000;
const lease = 60 * minute;
const octets = "application/octet-stream";

export interface Collecting {
  /** What the registry said to manifests that it did not take. */
  readonly refused: readonly string[];
  /** Blobs that collections removed. */
  readonly collected: number;
}

/** A client's push: what it has yet to bring, and what it relies on. */
interface Push {
  readonly left: string[];
  readonly layers: string[];
}

/**
 * Case H111: many clients push images of a few shared layers, a step of one of them at a time in random order, while
 * garbage is collected beside them, manifests are deleted and time goes by. No push may be refused for a blob that
 * its client was told of or had brought.
 */
export async function collectWhilePushing(
  server: RegistryServer,
  dir: string,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<Collecting> {
  const random = createRandom(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const refused: string[] = [];
  let collected = 0;
  let running: Promise<void> = Promise.resolve();
  const pushes = new Set<Push>();
  const manifests: string[] = [];
  const forget = async () => {
    const [digest] = manifests.splice(pick(manifests.length), 1);
    if (digest !== undefined) await fetch(`${server.url}/v2/app/manifests/${digest}`, { method: "DELETE" });
  };
  for (let step = 0; step < steps; step++) {
    const chance = random();
    if (chance < 0.15) {
      const layers = [`layer ${pick(12)}`, `layer ${pick(12)}`];
      pushes.add({ left: ["{}", ...layers], layers });
    } else if (chance < 0.75) {
      const push = [...pushes][pick(pushes.size)];
      if (push === undefined) continue;
      const text = push.left.shift();
      if (text !== undefined) await bring(server, text);
      else {
        pushes.delete(push);
        const answer = await finish(server, push, step);
        if ("digest" in answer) manifests.push(answer.digest);
        else refused.push(answer.refused);
      }
    } else if (chance < 0.85) {
      // Everybody begins anew, long after; a few images are left.
      await running;
      pushes.clear();
      while (manifests.length > 3) await forget();
      makeOld(dir, 61);
    } else if (chance < 0.9) {
      await forget();
    } else
      running = running
        .then(() => collectGarbage(dir, { lease }))
        .then(({ blobs }) => void (collected += blobs));
  }
  await running;
  return { refused, collected };
}

async function bring(server: RegistryServer, text: string): Promise<void> {
  if (!(await has(server, "app", text))) await pushBlob(server, "app", Buffer.from(text));
}

async function finish(
  server: RegistryServer,
  { layers }: Push,
  step: number,
): Promise<{ readonly digest: string } | { readonly refused: string }> {
  const manifest = JSON.stringify(
    makeManifest({ layers: layers.map(layerOf), annotations: { step: `${step}` } }),
  );
  const answer = await putManifest(server, `app/manifests/${step}`, manifest);
  if (answer.status === 201) return { digest: sha256(manifest) };
  return { refused: `${answer.status} ${await answer.text()}` };
}

export const has = async (server: RegistryServer, repository: string, text: string): Promise<boolean> =>
  (await fetch(`${server.url}/v2/${repository}/blobs/${sha256(text)}`, { method: "HEAD" })).status === 200;

function filesIn(dir: string): [string, string[]][] {
  const entries = readdirSync(dir, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesIn(join(dir, name)));
  return [[dir, files], ...below];
}

/** Sets every file's time back by so many minutes. */
export function makeOld(dir: string, minutes: number): void {
  const time = (Date.now() - minutes * minute) / 1000;
  for (const [folder, names] of filesIn(dir))
    for (const name of names) utimesSync(join(folder, name), time, time);
}

export const layerOf = (
  text: string,
): { readonly mediaType: string; readonly digest: string; readonly size: number } => ({
  mediaType: octets,
  digest: sha256(text),
  size: text.length,
});
