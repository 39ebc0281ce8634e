import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import { startFront, type Ends, type Faults } from "../../test/support/fault-registry.js";
import { runCommand, startCommand, type Ended, type Room } from "./command.js";
import { randomBytes } from "./random.js";

/** A folder of its own for commands, and registries with faults. */
export interface Scene extends Room {
  /** The embedded registry behind faults. */
  front(faults: Faults): Promise<string>;
}

/** Opens one; `end` stops and removes all of it. */
export function createScene(): Scene & { end(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "gantry-limits-"));
  const ends: (() => Promise<void> | void)[] = [];
  const after: Ends = { after: (end) => void ends.push(end) };
  return {
    folder,
    front: async (faults) => {
      const registry = await createRegistry();
      ends.push(() => registry.close());
      return (await startFront(after, registry.host, faults)).host;
    },
    end: async () => {
      for (const end of ends.reverse()) await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A build of one small file, pushed to the host. */
export function pushArgs({ folder }: Room, host: string): string[] {
  writeFileSync(join(folder, "file"), Buffer.concat([...randomBytes(1, { size: 300_000 })]));
  return ["build", "--base", "scratch", "--add", "file:/file", "-t", `${host}/app:1`, "--push"];
}

/** A push through the faults, which must succeed. */
export async function pushed(scene: Scene, faults: Faults): Promise<Ended> {
  return await runCommand(scene, ...pushArgs(scene, await scene.front(faults)));
}

/** A push through the faults, or to a host, which must fail with the message. */
export async function failing(scene: Scene, faults: Faults | string, message: RegExp): Promise<Ended> {
  const host = typeof faults === "string" ? faults : await scene.front(faults);
  const ended = await startCommand(scene, pushArgs(scene, host)).ended;
  if (ended.status !== 1 || !message.test(ended.stderr))
    throw new Error(`it ended with ${ended.status}: ${ended.stderr}`);
  return ended;
}
