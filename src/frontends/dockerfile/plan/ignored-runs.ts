import type { OnEvent } from "../../../model/events.js";
import { unsupported } from "../instructions/invalid.js";
import type { Statement } from "../parse/statement.js";
import type { SourceRange } from "../source.js";

/** Under what label an image tells which RUNs were left out of it. */
const ignoredRunLabel = "gantry.ignored-run";

/** The RUNs that were left out of one image because the user said so. */
export interface IgnoredRuns {
  /** Notes one by its file and line, or throws where it is not to be left out. */
  note(run: Statement, at: { readonly file: string; readonly range: SourceRange }): void;
  /** A label that names them; none where there were none. */
  labels(): Readonly<Record<string, string>>;
}

/**
 * Notes what is left out, and warns of each; without `ignore` the first one is refused, as a trigger of a base may
 * bring.
 */
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
