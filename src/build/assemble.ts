import { allDone } from "../concurrency.js";
import { createImage, createIndex } from "../model/image.js";
import type { Artifact, Image, Layer } from "../model/content.js";
import type { BuildPlan, ImagePlan, LayerPlan } from "../plan/plan.js";

/** How manifests are written: OCI's media types, or Docker's schema 2. */
export type ManifestStyle = "oci" | "docker";

/** Turns a planned layer into one whose digest is known; asked again for the same list it gives the same layer. */
export type MakeLayer = (plan: LayerPlan) => Promise<Layer>;

export interface Assembled {
  readonly artifact: Artifact;
  /** One for each platform, in the plan's order. */
  readonly images: readonly Image[];
}

/** Plan → artifact: makes every distinct layer, then joins them; pure but for `makeLayer`. */
export async function assemble(
  plan: BuildPlan,
  { makeLayer, style = "oci" }: { readonly makeLayer: MakeLayer; readonly style?: ManifestStyle | undefined },
): Promise<Assembled> {
  const images = await allDone(plan.images.map((image) => assembleImage(image, makeLayer, style)));
  const [first] = images;
  if (!plan.index && images.length === 1 && first !== undefined) return { artifact: first, images };
  return { artifact: createIndex({ images, annotations: plan.indexAnnotations, style }), images };
}

async function assembleImage(plan: ImagePlan, makeLayer: MakeLayer, style: ManifestStyle): Promise<Image> {
  const layers = await allDone(plan.layers.map((layer) => makeLayer(layer)));
  return createImage({
    platform: plan.platform,
    config: plan.config,
    layers: [...(plan.base?.image.layers ?? []), ...layers],
    history: plan.history,
    annotations: { ...(style === "oci" ? baseAnnotations(plan) : {}), ...plan.annotations },
    created: plan.config.created ?? "1970-01-01T00:00:00Z",
    style,
  });
}

/** Where the image comes from (image-spec annotations.md): the name only where others can find the base by it. */
function baseAnnotations({ base }: ImagePlan): Record<string, string> {
  if (base === undefined || base.passing === true) return {};
  return {
    ...(base.reference === undefined ? {} : { "org.opencontainers.image.base.name": base.reference }),
    "org.opencontainers.image.base.digest": base.image.descriptor.digest,
  };
}
