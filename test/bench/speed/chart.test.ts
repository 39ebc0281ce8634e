import assert from "node:assert/strict";
import test from "node:test";
import { chartGroups, formatChart } from "../../../bench/speed/report/chart.js";
import type { ContestResults } from "../../../bench/speed/report/results.js";

/** Throws where tags do not close in order, or text holds what must be escaped. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  let end = 0;
  for (const { 0: tag, index } of xml.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi)) {
    assertText(xml.slice(end, index));
    end = index + tag.length;
    const [, closing, name, , empty] = /^<(\/?)([a-z]+)([^]*?)(\/?)>$/i.exec(tag)!;
    if (closing === "/") assert.equal(open.pop(), name);
    else if (empty !== "/") open.push(name!);
  }
  assertText(xml.slice(end));
  assert.deepEqual(open, []);
}

function assertText(text: string): void {
  assert.doesNotMatch(text, /[<>]|&(?!amp;|lt;|gt;|quot;)/);
}

const contest: ContestResults = {
  name: "program",
  about: 'an <executable> & its "stamp"',
  reference: "crane",
  targets: [],
  contenders: [
    { name: "gantry <none>", seconds: 0.5, runs: [] },
    { name: "crane", seconds: 2, runs: [] },
    { name: "node -e 0", seconds: 0.05, runs: [] },
    { name: "gzip and sent alone", seconds: 1, runs: [] },
    { name: "buildah", skipped: "buildah is not here", runs: [] },
  ],
};

test("the chart shows who ran, the slowest first", () => {
  const [group] = chartGroups([contest, { ...contest, name: "copy" }]);
  assert.deepEqual(group!.bars, [
    { label: "crane", seconds: 2, own: false },
    { label: "gantry <none>", seconds: 0.5, own: true },
  ]);
});

test("the chart is well-formed, whatever the names", () => {
  const svg = formatChart(chartGroups([contest, { ...contest, name: "node_modules" }]));
  assertWellFormed(svg);
  assert.equal(svg.match(/<rect /g)!.length, 4);
  assert.match(svg, /gantry &lt;none&gt;/);
});

test("the longest bar fills the width and a bar never leaves it", () => {
  const svg = formatChart([
    {
      title: "t",
      bars: [
        { label: "a", seconds: 100, own: false },
        { label: "b", seconds: 0, own: true },
      ],
    },
  ]);
  const ends = [...svg.matchAll(/<rect [^>]*x="(\d+)"[^>]* width="([\d.]+)"/g)].map(
    ([, x, width]) => Number(x) + Number(width),
  );
  assert.deepEqual(ends, [650, 191]);
});
