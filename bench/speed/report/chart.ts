import type { ContestResults } from "./results.js";

/** One chart of horizontal bars, for each group a scale of its own. */
export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly seconds: number;
  /** Whether it is Gantry's. */
  readonly own: boolean;
}

const [width, labelWidth, valueWidth, barHeight, gap, titleHeight] = [720, 190, 70, 18, 6, 34];
const charted = ["node_modules", "program"];

/** What is shown of a bench's results: who built node_modules and the program, the slowest first; limits build nothing. */
export function chartGroups(contests: readonly ContestResults[]): Group[] {
  return charted.flatMap((name) => {
    const contest = contests.find((one) => one.name === name);
    if (contest === undefined) return [];
    const bars = contest.contenders.flatMap(({ name: label, seconds }) =>
      seconds === undefined || label.startsWith("node ") || label.endsWith(" alone")
        ? []
        : [{ label, seconds, own: label.startsWith("gantry") }],
    );
    const title = `${contest.name}: ${contest.about} (seconds, less is better)`;
    return [{ title, bars: bars.toSorted((a, b) => b.seconds - a.seconds) }];
  });
}

/** The chart as SVG without a background, in colours that can be read on light and on dark. */
export function formatChart(groups: readonly Group[]): string {
  const parts: string[] = [];
  let top = 0;
  for (const group of groups) {
    parts.push(...formatGroup(group, top));
    top += titleHeight + group.bars.length * (barHeight + gap) + gap;
  }
  const size = `width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"`;
  const label = escape(groups.map(({ title }) => title).join("; "));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${label}">`,
    style,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.own { fill: #2563eb }
.peer { fill: #8b949e }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .own { fill: #58a6ff } .peer { fill: #6e7681 } }
</style>`;

function formatGroup({ title, bars }: Group, top: number): string[] {
  const longest = Math.max(...bars.map(({ seconds }) => seconds));
  const scale = (width - labelWidth - valueWidth) / longest;
  return [
    `<text class="title" x="0" y="${top + 20}">${escape(title)}</text>`,
    ...bars.flatMap(({ label, seconds, own }, index) => {
      const y = top + titleHeight + index * (barHeight + gap);
      const length = Math.max(seconds * scale, 1).toFixed(1);
      const end = (labelWidth + Number(length) + 6).toFixed(1);
      const base = y + barHeight - 5;
      return [
        `<text x="${labelWidth - 8}" y="${base}" text-anchor="end">${escape(label)}</text>`,
        `<rect class="${own ? "own" : "peer"}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
        `<text x="${end}" y="${base}">${seconds.toFixed(2)}</text>`,
      ];
    }),
  ];
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character]!);
}
