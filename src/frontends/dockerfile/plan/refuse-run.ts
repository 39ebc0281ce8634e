import { GantryError } from "../../../errors.js";
import type { Programs, World } from "../../../plan/world.js";
import { placeOf, type Dockerfile, type Stage } from "../dockerfile.js";
import type { Statement } from "../parse/statement.js";
import { DockerfileError, formatLines, printable } from "../source.js";
import { engineNames, enginesOnPath } from "../run-with/engine.js";
import { cut } from "../stages/cut.js";
import { isRun, needsOf, runsOf } from "../stages/needed-runs.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { nameOf } from "../stages/stage-names.js";

/**
 * Refuses a build that would have to execute something: every RUN of the stages it needs at once, those that ONBUILD
 * leaves too, before anything is asked or read. Stages that the target does not need may have what they like.
 */
export async function refuseRun(
  { file }: Dockerfile,
  graph: StageGraph,
  programs: Programs | undefined,
): Promise<void> {
  const needs = needsOf(graph);
  const found = graph.needed.flatMap((stage) => {
    const runs = runsOf(stage, graph);
    return runs.length === 0 ? [] : [{ stage, runs }];
  });
  if (found.length === 0) return;
  const runs = found.flatMap((each) => each.runs);
  const blocks = found.map(({ stage, runs }) =>
    [
      `stage ${nameOf(stage)}, ${needs.get(stage)}:`,
      ...runs.map(({ range }) => formatLines({ file, ranges: [range] })),
    ].join("\n"),
  );
  const { handed } = await cut(graph, async (stage) => found.some((each) => each.stage === stage));
  const what = `${file.name} needs RUN at ${linesOf(runs)} for the stage ${nameOf(graph.target)}`;
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    [`${what}, ${whatInstead}`, ...blocks, await ways(handed, programs)].join("\n"),
  );
}

/**
 * Refuses what an image left by ONBUILD where a RUN is among it: the engine's part of a build that has none. Such an
 * image is known when its configuration is read.
 */
export async function refuseTriggers(
  triggers: readonly string[],
  {
    dockerfile: { file },
    stage,
    base = stage.from.image,
    world: { programs },
  }: {
    readonly dockerfile: Dockerfile;
    readonly stage: Stage;
    /** What FROM came to. */
    readonly base: string | undefined;
    readonly world: World;
  },
): Promise<void> {
  const runs = triggers.filter(isRun);
  if (runs.length === 0) return;
  const listed = runs.map((run) => `  ONBUILD ${printable(run.split("\n", 1)[0]!)}`);
  const { start } = stage.from.statement.range;
  const what = `${file.name}, line ${start}: the image ${base} leaves RUN to the stage ${nameOf(stage)} by ONBUILD`;
  throw new DockerfileError(
    [`${what}, ${whatInstead}`, ...listed, await ways([stage], programs)].join("\n"),
    { place: placeOf(file, stage.from), code: "ERR_GANTRY_UNSUPPORTED" },
  );
}

const whatInstead =
  "and Gantry executes nothing: COPY what it would make, replace its stage with --build-context, or hand it over with --run-with";

function linesOf(runs: readonly Statement[]): string {
  const lines = [...new Set(runs.map(({ range }) => range.start))];
  return lines.length === 1 ? `line ${lines[0]}` : `lines ${lines.join(", ")}`;
}

/** The ways out, in full, for stages that would have to be made elsewhere. */
async function ways(stages: readonly Stage[], programs: Programs | undefined): Promise<string> {
  const contexts = stages.map(({ from }) => `--build-context ${from.name ?? "NAME"}=DIR`).join(" ");
  const naming = stages.every(({ from }) => from.name !== undefined) ? "" : ", once FROM … AS NAME names it";
  const there = await enginesOnPath(programs);
  return [
    "what can be done:",
    "  - run it before the build, and COPY what it made",
    `  - give what the stage makes${naming}: ${contexts} (or docker-image://REFERENCE, oci-layout://DIR)`,
    `  - have an engine run it: --run-with ${engineNames.join("|")} (on the PATH: ${there.join(", ") || "none of them"})`,
  ].join("\n");
}
