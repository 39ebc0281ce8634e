import type { TestContext } from "node:test";
import type { Content, Image } from "../../../src/model/content.js";
import type { Source } from "../../../src/model/place.js";
import { parseReference } from "../../../src/model/reference.js";
import { startFaultRegistry, type Front, type Seen } from "../../support/fault-registry.js";
import { bytesOf, image, layer } from "./images.js";
import { openSession, push } from "./setup.js";

export const isDownload = ({ method, path }: Seen): boolean => method === "GET" && path.includes("/blobs/");
export const isRange = (request: Seen): boolean =>
  isDownload(request) && request.headers["range"] !== undefined;

interface Pushed {
  readonly front: Front;
  readonly root: Image;
  readonly source: Source;
  /** The layer, read from the registry. */
  readonly content: Content;
  readonly expected: Buffer;
}

/** A layer in a registry that has no faults yet. */
export async function downloadable(t: TestContext, size: number): Promise<Pushed> {
  const front = await startFaultRegistry(t);
  const root = image([layer("a", size)]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  const source = openSession(t).source(parseReference(`${front.host}/app:1`));
  const { descriptor } = root.layers[0]!;
  const content: Content = { descriptor, open: (options = {}) => source.read(descriptor, options) };
  return { front, root, source, content, expected: await bytesOf(root.layers[0]!.open()) };
}
