import { formatVerdict } from "./table.js";
import { isOutOfReach, type Verdict } from "../verdict.js";

/** The end of a check: each target that was skipped or missed by name, then how many were met. */
export function formatConclusion(finished: readonly { readonly verdicts: readonly Verdict[] }[]): string {
  const verdicts = finished.flatMap((one) => one.verdicts);
  const of = (state: Verdict["state"]) => verdicts.filter((verdict) => verdict.state === state);
  const skipped = new Set(
    of("skipped").map(({ contest, target, why }) => `${contest}, ${target.of}: ${why}`),
  );
  const beyond = verdicts.filter(isOutOfReach).length;
  return [
    ...[...skipped].map((line) => `skipped: ${line}`),
    ...of("missed").map((one) => `MISSED: ${one.contest}, ${one.target.of}: ${formatVerdict(one)}`),
    `${of("met").length} targets met, ${of("missed").length} missed${beyond === 0 ? "" : `, ${beyond} of them below the limit of this machine`}`,
  ].join("\n");
}
