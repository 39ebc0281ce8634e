import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Artifact, Content, Manifest } from "../../../src/model/content.js";
import type { GantryEvent } from "../../../src/model/events.js";
import { parseReference } from "../../../src/model/reference.js";
import {
  openRegistrySession,
  type RegistrySession,
  type RegistrySessionOptions,
} from "../../../src/places/registry/session.js";
import { bareSystem, bytesOf, graphOf, image, layer } from "./images.js";
import { startFaultRegistry, type Fault, type Front, type Seen } from "../../support/fault-registry.js";

/** A session without environment that never waits between attempts; `waits` gets the milliseconds it would have. */
export function openSession(
  t: TestContext,
  { waits = [], ...options }: Partial<RegistrySessionOptions> & { readonly waits?: number[] } = {},
): RegistrySession {
  const wait = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  const session = openRegistrySession({ system: bareSystem(), wait, ...options });
  t.after(() => session.close());
  return session;
}

/** A session that sends to the registry in chunks what is larger than one. */
export function openChunked(t: TestContext, registry: string, chunk: number): RegistrySession {
  return openSession(t, { registries: { [registry]: { chunk } } });
}

export async function push(
  session: RegistrySession,
  root: Artifact,
  names: readonly string[],
  {
    events = [],
    ...options
  }: { readonly events?: GantryEvent[]; readonly signal?: AbortSignal; readonly sole?: boolean } = {},
): Promise<void> {
  const io = { onEvent: (event: GantryEvent) => void events.push(event), ...options };
  const { registry } = parseReference(names[0]!);
  const staged = await session.destination(registry).stage(root, names, io);
  await staged.publish(io);
}

/** Reads a whole artifact back and compares every byte. */
export async function assertReadable(
  session: RegistrySession,
  root: Artifact | Manifest | Content,
  name: string,
): Promise<void> {
  const source = session.source(parseReference(name));
  assert.equal((await source.resolve()).digest, root.descriptor.digest);
  for (const each of await graphOf(root)) {
    assert.deepEqual(await bytesOf(source.read(each.descriptor)), await bytesOf(each.open()));
  }
}

/** The finished steps as "name: note". */
export function steps(events: readonly GantryEvent[]): string[] {
  const names = new Map(
    events.flatMap((event) => (event.type === "step-start" ? [[event.id, event.name]] : [])),
  );
  return events.flatMap((event) =>
    event.type === "step-end" ? [`${names.get(event.id)}: ${event.note ?? event.status}`] : [],
  );
}

/** The size of the layer that `pushThrough` pushes. */
export const faultySize = 400_000;

/** Pushes a fresh image through a front with faults and reads it back without them. */
export async function pushThrough(
  t: TestContext,
  intercept: (request: Seen) => Fault | undefined,
  waits: number[] = [],
): Promise<Front> {
  let broken = true;
  const proxy = await startFaultRegistry(t, (request) => (broken ? intercept(request) : undefined));
  const root = image([layer("a", faultySize)]);
  await push(openSession(t, { waits }), root, [`${proxy.host}/app:1`]);
  broken = false;
  await assertReadable(openSession(t), root, `${proxy.host}/app:1`);
  return proxy;
}
