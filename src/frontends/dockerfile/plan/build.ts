import { machinePlatform } from "../../../model/platform.js";
import type { Platform } from "../../../model/oci.js";
import type { World } from "../../../plan/world.js";
import type { Dockerfile } from "../dockerfile.js";
import type { Handed, HandedBuild } from "../run-with/hand-over.js";
import { parseAt } from "../source.js";
import { globalVariables } from "../stages/global-variables.js";
import type { OpenedBases } from "../stages/open-bases.js";
import { stageGraph } from "../stages/stage-graph.js";
import type { DockerfileOptions } from "./options.js";

/** A Dockerfile that is to be built for a platform. */
export interface Build extends HandedBuild {
  /** The images that stages begin with, but for those that are an engine's to ask for. */
  readonly bases: OpenedBases["bases"];
  /** Stages that an engine has made. */
  readonly made: Handed["made"];
}

/** What the file says for one platform before anything is asked. Throws DockerfileError. */
export function prepareBuild(
  dockerfile: Dockerfile,
  {
    platform,
    world,
    options: { target, buildArgs: given, contexts },
  }: {
    readonly platform: Platform;
    readonly world: World;
    readonly options: Pick<DockerfileOptions, "target" | "buildArgs" | "contexts">;
  },
): Build {
  const { file, globals: args } = dockerfile;
  const buildPlatform = machinePlatform(world.system);
  const place = { file, ranges: args.map(({ statement }) => statement.range) };
  const globals = parseAt(place, () =>
    globalVariables(dockerfile, { given, target, platform, buildPlatform }),
  );
  const graph = stageGraph(dockerfile, { globals, target, platform, contexts });
  return { dockerfile, world, platform, globals, graph, bases: new Map(), made: new Map() };
}
