import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "../../../src/index.js";
import { parsePlatform } from "../../../src/model/platform.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { cases } from "./cases/cases.js";
import { startBase } from "./cases/base-image.js";
import { noGit, startRemote } from "./cases/remote-server.js";
import { writeContext, writeNamedContexts } from "./cases/context.js";
import { readGoldenOutcomes } from "./golden-outcomes.js";
import { outcomeOf } from "./outcome.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

const golden = readGoldenOutcomes();

test("every case has a name of its own, and what BuildKit made of it", () => {
  const names = cases.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
  assert.deepEqual(Object.keys(golden).toSorted(), names.toSorted());
});

for (const each of cases) {
  test(
    `${matrixCase(each)} as BuildKit: ${each.name}`,
    { skip: each.needsGit === true && noGit },
    async (t) => {
      const folder = await scratchFolder(t);
      const [context, layout] = [join(folder, "context"), join(folder, "layout")];
      mkdirSync(context);
      writeContext(context, each);
      const contexts = writeNamedContexts(folder, each);
      const { target, platform = "linux/amd64" } = each;
      const base = each.onBase === true ? await startBase(folder, each) : undefined;
      if (base !== undefined) t.after(() => base.close());
      const remote = each.remote === true ? await startRemote(folder) : undefined;
      if (remote !== undefined) t.after(() => remote.close());
      const buildArgs = {
        ...each.buildArgs,
        ...(base === undefined ? {} : { BASE: base.name }),
        ...remote?.buildArgs,
      };
      await build(
        { name: "case", dockerfile: "Dockerfile", target, buildArgs, contexts, platforms: [platform] },
        {
          context: remote?.contextOf(each) ?? context,
          cacheDir: join(folder, "cache"),
          outputs: [{ type: "oci", dest: layout }],
        },
      );
      const outcome = await outcomeOf(layout, parsePlatform(platform));
      assert.deepEqual(comparable(remote?.comparable(outcome) ?? outcome), comparable(golden[each.name]!));
    },
  );
}

/** The number of the test matrix that a Dockerfile belongs to, by what it is about. */
function matrixCase({ name }: DockerfileCase): string {
  const [about = ""] = name.split(":", 1);
  if (["lines", "comments", "continuation", "directives", "heredocs"].includes(about)) return "C45";
  if (["expansion", "arg", "from"].includes(about)) return "C47";
  return ["copy", "add", "ignore", "context", "base", "url", "git"].includes(about) ? "C48" : "C50";
}

/** A WORKDIR that makes no folder makes no layer here, and an empty one there. */
function comparable({ history, ...outcome }: Outcome): Outcome {
  const lines = history.map((line) => (line.startsWith("WORKDIR ") ? line.replace(/ \(empty\)$/, "") : line));
  return { ...outcome, history: lines };
}
