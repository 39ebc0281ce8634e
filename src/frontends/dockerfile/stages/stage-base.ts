import { parsePlatform } from "../../../model/platform.js";
import type { Platform } from "../../../model/oci.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import { expandWord } from "../expand/word.js";
import { invalid } from "../instructions/invalid.js";
import type { GlobalVariables } from "./global-variables.js";
import type { NamedContext, NamedContexts } from "./named-context.js";

/** What a stage begins with. */
export type StageBase =
  | { readonly type: "scratch" }
  | { readonly type: "stage"; readonly stage: Stage }
  | Extract<NamedContext, { readonly type: "folder" }>
  | ImageBase;

export interface ImageBase {
  readonly type: "image";
  readonly name: string;
  readonly platform: Platform;
}

/** What the bases of stages depend on beside the file. */
export interface BaseOptions {
  readonly globals: GlobalVariables;
  readonly platform: Platform;
  readonly contexts: NamedContexts;
}

/** What a stage's FROM names. Throws ERR_GANTRY_DOCKERFILE_INVALID. */
export function findBase(
  { from, index }: Stage,
  { stages, escape }: Dockerfile,
  { globals, platform, contexts }: BaseOptions,
): StageBase {
  const replaced = contexts.get(from.name ?? "");
  if (replaced !== undefined) return baseOfContext(replaced, platform);
  const image = expandWord(from.image, globals.lookup, { escape }).text;
  if (image === "") throw invalid(`base name (${from.image}) should not be blank`);
  // The text as it is written: FROM does not find a stage in other letters' case, --from and --target do.
  const stage = stages.slice(0, index).findLast((each) => each.from.name === image);
  const own = from.platform === undefined ? platform : readPlatform(from.platform, globals, escape);
  if (stage !== undefined) return { type: "stage", stage };
  if (image === "scratch") return { type: "scratch" };
  const context = contexts.get(image.toLowerCase());
  return context === undefined ? { type: "image", name: image, platform: own } : baseOfContext(context, own);
}

function baseOfContext(context: NamedContext, platform: Platform): StageBase {
  return context.type === "folder" ? context : { ...context, platform };
}

function readPlatform(text: string, globals: GlobalVariables, escape: Dockerfile["escape"]): Platform {
  const platform = expandWord(text, globals.lookup, { escape }).text;
  if (platform === "") throw invalid(`empty platform value from expression ${text}`);
  try {
    return parsePlatform(platform);
  } catch (error) {
    throw invalid(`failed to parse platform ${text}: ${(error as Error).message}`);
  }
}
