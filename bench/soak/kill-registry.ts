import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openBlobStore } from "../../src/blobs/store.js";
import { openRegistrySession } from "../../src/places/registry/session.js";
import { nodeSystem } from "../../src/system.js";
import { image } from "../../test/places/registry/images.js";
import { startServer } from "./command.js";
import { createRandom } from "./random.js";
import { randomLayer } from "./random-layer.js";
import { readBack } from "./read-back.js";
import type { Image } from "../../src/model/content.js";
import type { KillOptions } from "./kill-builds.js";

export interface RegistryKillOutcome {
  readonly kills: number;
  readonly wrong: readonly string[];
  /** Pushes that went on through the kill by themselves; the others succeeded when they were made again. */
  readonly wentOn: number;
}

type Server = Awaited<ReturnType<typeof startServer>>;

/**
 * Case H113: kills the embedded registry with -9 at random moments of pushes and starts it again on the same folder and
 * port. Each blob of its folder must be what its name says, the push must succeed by itself or when it is made again,
 * and every byte must come back.
 */
export async function soakRegistryKills({
  kills,
  seed,
  size = 3_000_000,
  report = () => undefined,
}: KillOptions): Promise<RegistryKillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-kill-"));
  const dir = join(folder, "registry");
  const random = createRandom(seed);
  const wrong: string[] = [];
  let wentOn = 0;
  let server = await startServer({ folder }, dir);
  const port = Number(server.host.split(":")[1]);
  try {
    const took = await timePush(server.host, makeImage(seed, 0, size));
    for (let turn = 1; turn <= kills; turn++) {
      const root = makeImage(seed, turn, size);
      const name = `${server.host}/app:${turn}`;
      const pushed = push(name, root).then(
        () => true,
        () => false,
      );
      await delay(took * random());
      await kill(server);
      try {
        await verifyFolder(dir);
        server = await startServer({ folder }, dir, port);
        if (await pushed) wentOn++;
        else await push(name, root);
        await readThere(name, root);
        await verifyFolder(dir);
      } catch (error) {
        wrong.push(`kill ${turn}: ${(error as Error).message}`);
      }
      if (turn % 10 === 0) server = await startAfresh(server, { folder, dir, port });
      if (turn % 20 === 0)
        report(`registry: ${turn} of ${kills} kills, ${wrong.length} left something wrong`);
    }
  } finally {
    await kill(server);
    rmSync(folder, { recursive: true, force: true });
  }
  return { kills, wrong, wentOn };
}

/** With an empty folder: what it holds is verified twice for each kill. */
async function startAfresh(
  server: Server,
  { folder, dir, port }: { readonly folder: string; readonly dir: string; readonly port: number },
): Promise<Server> {
  await kill(server);
  rmSync(dir, { recursive: true, force: true });
  return startServer({ folder }, dir, port);
}

function makeImage(seed: number, turn: number, size: number): Image {
  return image(Array.from({ length: 4 }, (_, at) => randomLayer(seed + turn * 4 + at, size)));
}

async function timePush(host: string, root: Image): Promise<number> {
  const began = performance.now();
  await push(`${host}/app:0`, root);
  return performance.now() - began;
}

async function push(name: string, root: Image): Promise<void> {
  const session = openRegistrySession({ system: { ...nodeSystem(), env: {} } });
  try {
    const staged = await session.destination(name.split("/")[0]!).stage(root, [name]);
    await staged.publish();
  } finally {
    await session.close();
  }
}

async function readThere(name: string, root: Image): Promise<void> {
  const session = openRegistrySession({ system: { ...nodeSystem(), env: {} } });
  try {
    const digest = await readBack(session, name);
    if (digest !== root.descriptor.digest) throw new Error(`${name} is ${digest}`);
  } finally {
    await session.close();
  }
}

async function kill({ child, ended }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await ended;
}

async function verifyFolder(dir: string): Promise<void> {
  const store = openBlobStore(dir, { token: () => "unused" });
  for await (const { digest } of store.list())
    if (!(await store.verify(digest))) throw new Error(`${digest} is not what its name says`);
}
