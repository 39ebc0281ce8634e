/**
 * Gantry builds container images from files and pushes them to any number of registries. `build` is the main job; the
 * other verbs move, join and show what was built. Everything rejects with a GantryError that has a stable `code`.
 */
export { build } from "./build/build.js";
export { plan } from "./verbs/plan.js";
export { formatPlan } from "./plan/print.js";
export { checkDockerfile } from "./verbs/check-dockerfile.js";
export { formatCheck } from "./frontends/dockerfile/checks/result.js";
export { copy } from "./verbs/copy.js";
export { push } from "./verbs/push.js";
export { createIndex } from "./verbs/create-index.js";
export { inspect } from "./verbs/inspect.js";
export { listReferrers, listTags } from "./verbs/listings.js";
export { openPlace } from "./verbs/open-place.js";
export { readArtifact, imageOf } from "./places/artifact.js";
export { listImages, removeImages } from "./verbs/images.js";
export { listCache, pruneCache, verifyCache } from "./verbs/cache.js";
export { login, logout } from "./verbs/login.js";
export { loadConfig } from "./frontends/spec/config-file.js";
export { defineConfig } from "./frontends/spec/define-config.js";
export { validateConfig, validateRequest } from "./frontends/spec/schema.js";
export { archiveKind } from "./frontends/dockerfile/is-archive.js";
export { isRemoteContext } from "./frontends/dockerfile/remote-context.js";
export { parseAdd } from "./frontends/spec/add-flag.js";
export { formatReference, familiarReference, parseReference } from "./model/reference.js";
export { formatPlatform, parsePlatform } from "./model/platform.js";
export { GantryError, suggest } from "./errors.js";
export { nodeSystem } from "./system.js";

export type {
  BuildOptions,
  BuildResult,
  CommonOptions,
  Output,
  OutputResult,
  RegistryOptions,
} from "./build/options.js";
export type { CheckDockerfileOptions } from "./verbs/check-dockerfile.js";
export type {
  CheckError,
  CheckLocation,
  CheckResult,
  CheckSource,
  CheckWarning,
} from "./frontends/dockerfile/checks/result.js";
export type { CopyOptions, CopyResult } from "./verbs/copy.js";
export type { CreateIndexOptions } from "./verbs/create-index.js";
export type { InspectedLayer, Inspection, InspectOptions } from "./verbs/inspect.js";
export type { Place } from "./verbs/open-place.js";
export type { StoredImage } from "./verbs/images.js";
export type { CacheListing, PruneCacheOptions } from "./verbs/cache.js";
export type { ListReferrersOptions } from "./verbs/listings.js";
export type { LoginOptions, LoginResult } from "./verbs/login.js";
export type { Pruned, Verified } from "./places/store.js";
export type {
  BuildRequest,
  Config,
  FileSpec,
  Files,
  HealthcheckSpec,
  ImageFields,
  ImagesConfig,
  LayerSpec,
  PlatformOverrides,
} from "./frontends/spec/request.js";
export type { BaseTreeMode } from "./frontends/spec/base-tree.js";
export type { DockerfileRequest } from "./frontends/dockerfile/request.js";
export type { BuildPlan, Compression, Entry, ImagePlan, LayerPlan, PinnedBase } from "./plan/plan.js";
export type {
  Artifact,
  Content,
  Image,
  ImageIndex,
  Layer,
  Manifest,
  OpenOptions,
  Origin,
  OtherManifest,
} from "./model/content.js";
export type {
  Descriptor,
  Digest,
  HealthcheckConfig,
  HistoryEntry,
  ImageConfig,
  IndexDocument,
  ManifestDocument,
  Platform,
  RuntimeConfig,
} from "./model/oci.js";
export type { RegistriesSettings, RegistrySettings } from "./places/registry/settings.js";
export type { Destination, Published, Source, Staged } from "./model/place.js";
export type {
  GantryEvent,
  IoOptions,
  OnEvent,
  StepEnded,
  StepKind,
  StepOutput,
  StepProgress,
  StepStarted,
  Warning,
} from "./model/events.js";
export type { OnSpan, RunningSpan, Span, SpanEnd, SpanPhase } from "./model/spans.js";
export type { Reference } from "./model/reference.js";
export type { ErrorCode, Pointer } from "./errors.js";
export type { System } from "./system.js";
export type { Collected, CollectOptions } from "./server/collect.js";
export type { RegistryOptions as EmbeddedRegistryOptions, RegistryServer } from "./server/registry.js";

/** Starts the registry in the box, which is also `gantry/registry`; its modules are loaded when it is called. */
export async function createRegistry(
  options?: import("./server/registry.js").RegistryOptions,
): Promise<import("./server/registry.js").RegistryServer> {
  return (await import("./server/registry.js")).createRegistry(options);
}

/** Frees a registry's folder of what nothing references, which is also `gantry/registry`. */
export async function collectGarbage(
  dir: string,
  options?: import("./server/collect.js").CollectOptions,
): Promise<import("./server/collect.js").Collected> {
  return (await import("./server/collect.js")).collectGarbage(dir, options);
}
