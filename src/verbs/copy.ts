import { inStep } from "../model/events.js";
import { parsePlatform } from "../model/platform.js";
import { openWorkspace } from "../build/workspace.js";
import { publishAll, stageAll } from "../build/publish.js";
import { readArtifact } from "../places/artifact.js";
import { parsePlace } from "../places/name.js";
import { placeIn } from "./open-place.js";
import type { CommonOptions, OutputResult } from "../build/options.js";
import type { Target } from "../build/targets.js";
import type { Workspace } from "../build/workspace.js";
import type { Artifact } from "../model/content.js";
import type { Descriptor, Digest } from "../model/oci.js";
import type { Published } from "../model/place.js";
import type { PlaceName } from "../places/name.js";

export interface CopyOptions extends CommonOptions {
  /** The image for this platform alone ("linux/arm64") instead of the index with all of them. */
  readonly platform?: string | undefined;
  /** What a destination that fails does to the others; see BuildOptions. */
  readonly onPushError?: "fail" | "continue" | undefined;
}

/** What a copy, a push or a joined index came to. */
export interface CopyResult {
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly published: readonly Published[];
  readonly outputs: readonly OutputResult[];
}

/**
 * Copies an image or index between any two places ("localhost:5000/app:1", "oci:DIR", "docker-archive:FILE",
 * "store:NAME"), digests unchanged: what a destination has or can mount does not travel. Names move last, when every
 * destination is ready. Throws ERR_GANTRY_NOT_FOUND, ERR_GANTRY_PLATFORM_NOT_FOUND and what places throw.
 */
export async function copy(
  from: string,
  to: string | readonly string[],
  options: CopyOptions = {},
): Promise<CopyResult> {
  const [source, targets] = [parsePlace(from), [to].flat().map((text) => parsePlace(text as string))];
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using workspace = await openWorkspace(options);
  const place = placeIn(workspace, source);
  const artifact = await inStep(options.onEvent, { name: `read ${from}`, kind: "base" }, async () =>
    readArtifact(await place.source(), place.name, { platform, ...io(options) }),
  );
  return await deliver(artifact, targets, { workspace, ...options });
}

/** Brings an artifact to places, names last. */
export async function deliver(
  artifact: Artifact,
  places: readonly PlaceName[],
  { workspace, onPushError = "fail", ...options }: CopyOptions & { readonly workspace: Workspace },
): Promise<CopyResult> {
  const deliveries = await stageAll(artifact, targetsOf(places, workspace), {
    ...io(options),
    sole: true,
  });
  const [outputs = []] = await publishAll([deliveries], { onPushError, ...io(options) });
  const { descriptor } = artifact;
  return {
    digest: descriptor.digest,
    descriptor,
    outputs,
    published: outputs.flatMap(({ published }) => published),
  };
}

/** Names in one registry go there together, so that a blob is sent once. */
function targetsOf(places: readonly PlaceName[], workspace: Workspace): Target[] {
  const targets = new Map<string, Target>();
  for (const place of places) {
    const { destination, names } = placeIn(workspace, place);
    const key = place.type === "registry" ? place.reference.registry : JSON.stringify(place);
    const before = targets.get(key)?.names ?? [];
    const type = place.type === "registry" || place.type === "store" ? place.type : "oci";
    targets.set(key, { type, destination: destination(), names: [...before, ...names] });
  }
  return [...targets.values()];
}

function io({ signal, onEvent }: CommonOptions): Pick<CommonOptions, "signal" | "onEvent"> {
  return { signal, onEvent };
}
