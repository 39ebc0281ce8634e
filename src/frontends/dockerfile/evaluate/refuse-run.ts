import { GantryError } from "../../../errors.js";
import type { OnEvent } from "../../../model/events.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import type { Statement } from "../parse/statement.js";
import { formatExcerpt, type SourceRange } from "../source.js";
import { unsupported } from "../instructions/invalid.js";
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
      `build outside of the image and COPY the result${instead(runs)}\n${excerpt}`,
  );
}

/** A stage that has a name can be replaced. */
function instead(runs: readonly { readonly stage: Stage }[]): string {
  const { name } = runs.find(({ stage }) => stage.from.name !== undefined)?.stage.from ?? {};
  return name === undefined
    ? ", or leave it out with --ignore-run"
    : `, or give what the stage makes in its place: --build-context ${name}=DIR`;
}

/** Under what label an image tells which RUNs were left out of it. */
export const ignoredRunLabel = "gantry.ignored-run";

/** The RUNs that were left out of one image because the user said so. */
export interface IgnoredRuns {
  /** Notes one by its file and line, or throws where it is not to be left out. */
  note(run: Statement, at: { readonly file: string; readonly range: SourceRange }): void;
  /** A label that names them; none where there were none. */
  labels(): Readonly<Record<string, string>>;
}

/** Notes what is left out, and warns of each; without `ignore` the first one is refused, as a trigger of a base may bring. */
export function createIgnoredRuns(ignore: boolean, onEvent: OnEvent | undefined): IgnoredRuns {
  const places = new Set<string>();
  return {
    note({ text }, { file, range }) {
      const command = text.slice(0, 200);
      if (!ignore) throw unsupported(`Gantry executes nothing, and this needs it: ${command}`);
      const place = `${file}:${range.start}`;
      if (places.has(place)) return;
      places.add(place);
      onEvent?.({ type: "warning", code: "GANTRY_RUN_IGNORED", message: `${place} is left out: ${command}` });
    },
    labels: () => (places.size === 0 ? {} : { [ignoredRunLabel]: [...places].join(" ") }),
  };
}

function runsOf({ instructions }: Stage) {
  return instructions.filter(({ type }) => type === "RUN").map(({ statement }) => statement);
}
