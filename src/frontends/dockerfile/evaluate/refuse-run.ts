import { GantryError } from "../../../errors.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import { formatExcerpt } from "../source.js";
import { nameOf, type StageGraph } from "./stage-graph.js";

/**
 * Refuses a build that would have to execute something: every RUN of the stages it needs at once, before anything is
 * asked or read. Stages that the target does not need may have what they like.
 */
export function refuseRun({ file }: Dockerfile, { needed, target }: StageGraph): void {
  const runs = needed.flatMap((stage) => runsOf(stage).map((statement) => ({ stage, statement })));
  const [first] = runs;
  if (first === undefined) return;
  const where = runs
    .map(({ stage, statement }) => `line ${statement.range.start} (stage ${nameOf(stage)})`)
    .join(", ");
  const excerpt = formatExcerpt({ file, ranges: [first.statement.range] });
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${file.name} needs RUN for the stage ${nameOf(target)}, and Gantry executes nothing: ${where}; ` +
      `build outside of the image and COPY the result, or give what the stage makes in its place: ` +
      `--build-context ${nameOf(first.stage)}=DIR\n${excerpt}`,
  );
}

function runsOf({ instructions }: Stage) {
  return instructions.filter(({ type }) => type === "RUN").map(({ statement }) => statement);
}
