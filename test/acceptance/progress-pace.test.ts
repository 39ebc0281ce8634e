import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as api from "../../src/index.js";
import { run } from "../../src/cli/run.js";
import { createRegistry } from "../../src/registry.js";
import { fakeTerminal } from "../cli/fake-terminal.js";
import { scratchFolder } from "../support/scratch-folder.js";

/** What was written to stderr at once, and when by the command's own clock, in milliseconds. */
interface Written {
  readonly at: number;
  readonly text: string;
}

/** A real build of 24 MB pushed to a real registry, for a command whose clock goes on by `tick` ms whenever it is read. */
async function pushSlowly(
  t: TestContext,
  { isTTY, tick }: { readonly isTTY: boolean; readonly tick: number },
): Promise<readonly Written[]> {
  const folder = await scratchFolder(t);
  const registry = await createRegistry();
  t.after(() => registry.close());
  writeFileSync(join(folder, "random"), randomBytes(24_000_000));
  const env = { GANTRY_CACHE_DIR: join(folder, "cache"), DOCKER_CONFIG: folder, NO_COLOR: "1" };
  const { terminal } = fakeTerminal({ api, cwd: folder, env, isTTY });
  const written: Written[] = [];
  let clock = 0;
  const status = await run(
    `build --base scratch --add random:/random -t ${registry.host}/app:1 --push --compression none`.split(
      " ",
    ),
    {
      ...terminal,
      system: { ...terminal.system, home: folder, monotonic: () => (clock += tick) },
      stderr: { ...terminal.stderr, write: (text) => void written.push({ at: clock, text }) },
    },
  );
  assert.equal(status, 0, written.map(({ text }) => text).join(""));
  return written;
}

test("plain progress has at most one line a second for each transfer, and always the last", async (t) => {
  const written = await pushSlowly(t, { isTTY: false, tick: 60 });
  const lines = new Map<string, Written[]>();
  for (const { at, text } of written) {
    assert.match(text, /^[^\n]*\n$/, "each write is a whole line");
    const title = /^(.*?): (?:running|done|cached|failed|\d)/.exec(text)?.[1] ?? "";
    lines.set(title, [...(lines.get(title) ?? []), { at, text }]);
  }
  const titles = [...lines.keys()];
  const transfers = ["[app] pack files /random", "[app] upload files /random"].map((start) =>
    titles.find((title) => title.startsWith(start) && lines.get(title)!.length > 1)!,
  );
  for (const title of transfers) {
    const [last, ...before] = lines.get(title)!.toReversed();
    assert.match(last!.text, /: done in .*, 24 MB, /);
    for (const { text } of before) assert.match(text, /: \d.* of 24 MB \(\d+%\), .*\/s\n$/);
    const times = before.map(({ at }) => at).toReversed();
    for (const [index, at] of times.slice(1).entries())
      assert.ok(at - times[index]! >= 1000, `${title} ${at}`);
  }
  for (const [title, own] of lines) {
    const ends = own.filter(({ text }) => /^: (done|cached|failed)/.test(text.slice(title.length)));
    assert.deepEqual(ends, own.slice(-1), title);
  }
});

test("on a terminal there are bars with bytes and rate, never more than ten redraws a second, and no bar is left", async (t) => {
  const written = await pushSlowly(t, { isTTY: true, tick: 20 });
  const bars = written.filter(({ text }) => /\d+(\.\d)? MB\b.*\d+(\.\d)? [kM]B\/s/.test(text));
  assert.ok(bars.length > 2, "the transfers were drawn");
  for (const { at } of written) {
    const within = written.filter((other) => other.at >= at && other.at < at + 1000);
    // The last write is not a redraw: it leaves the terminal clean, whenever the work ends.
    assert.ok(
      within.filter((one) => one !== written.at(-1)).length <= 10,
      `${within.length} redraws from ${at} ms`,
    );
  }
  const screen = screenOf(written.map(({ text }) => text).join(""));
  assert.ok(screen.some((line) => /upload files \/random.*24 MB/.test(line)));
  assert.deepEqual(
    screen.filter((line) => /\d%/.test(line)),
    [],
  );
});

/** What a terminal that knows "so many lines up" and "clear what follows" shows in the end. */
function screenOf(text: string): readonly string[] {
  const lines: string[] = [""];
  for (const [part, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[J|\r|\n|[^\u001b\r\n]+/g)) {
    if (up !== undefined) lines.length -= Number(up);
    else if (part === "\u001b[J" || part === "\r") lines[lines.length - 1] = "";
    else if (part === "\n") lines.push("");
    else lines[lines.length - 1] += part;
  }
  return lines;
}
