import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { GantryError } from "../../../src/errors.js";
import { planDockerfileRequest } from "../../../src/frontends/dockerfile/plan-request.js";
import type { DockerfileRequest } from "../../../src/frontends/dockerfile/request.js";
import type { BuildPlan } from "../../../src/plan/plan.js";
import type { World } from "../../../src/plan/world.js";
import { fakeWorld, folderOf, listing, type FakeWorld } from "../spec/world.js";

/** A world whose images leave triggers for who builds on them, by the images' names; each is told of once. */
function worldOf(triggers: Readonly<Record<string, readonly string[]>> = {}): FakeWorld {
  const { asked, ...world } = fakeWorld();
  const base: World["base"] = (name, platform) => {
    // The build checks ask too.
    if (!asked.includes(name)) asked.push(name);
    return fakeWorld({ config: { config: { OnBuild: triggers[name] ?? [] } } }).base(name, platform);
  };
  return { ...world, asked, base };
}

function planned(
  t: TestContext,
  dockerfile: string,
  { world = worldOf(), ...request }: Partial<DockerfileRequest> & { readonly world?: World } = {},
): Promise<BuildPlan> {
  const contextRoot = folderOf(t, { Dockerfile: dockerfile, f: "f" });
  return planDockerfileRequest({ dockerfile: "Dockerfile", ...request }, world, { context: contextRoot });
}

test("a stage that only the trigger of an image names is needed, and so is its image", async (t) => {
  const world = worldOf({ first: ["COPY --from=helper /in/ /app/"], second: ["COPY f /in/"] });
  const dockerfile = "FROM second AS helper\nFROM third AS other\nFROM first\n";
  assert.deepEqual(listing(await planned(t, dockerfile, { world })), [
    ["app directory 755 0:0", "app/f file 644 0:0"],
  ]);
  assert.deepEqual(world.asked, ["first", "second"]);
});

test("an image that a trigger copies from is asked for", async (t) => {
  const world = worldOf({ first: ["COPY --from=third /* /x/"] });
  await planned(t, "FROM first\n", { world });
  assert.deepEqual(world.asked, ["first", "third"]);
});

test("a RUN of a stage that only a trigger needs is refused with its own line", async (t) => {
  const dockerfile = "FROM scratch AS helper\nRUN make\nFROM first\n";
  const first = { first: ["COPY --from=helper / /app/"] };
  await assert.rejects(planned(t, dockerfile, { world: worldOf(first) }), {
    code: "ERR_GANTRY_UNSUPPORTED",
    message:
      /^Dockerfile needs RUN at line 2 for the stage stage-1, .*\nstage helper, needed by the stage stage-1 through ONBUILD COPY --from=helper \(line 3\):\n/,
  });
  await planned(t, dockerfile, { world: worldOf(first), ignoreRun: true });
  await planned(t, dockerfile, { world: worldOf() });
});

test("a RUN of a stage that the trigger of a stage needs is refused before anything is asked", async (t) => {
  const world = worldOf();
  const dockerfile =
    "FROM other AS helper\nRUN make\nFROM other AS a\nONBUILD COPY --from=helper / /x\nFROM a\n";
  await assert.rejects(planned(t, dockerfile, { world }), { code: "ERR_GANTRY_UNSUPPORTED" });
  assert.deepEqual(world.asked, []);
});

for (const [trigger, problem] of [
  [
    "COPY --from=late / /",
    'cannot copy from stage "late", it needs to be defined before current stage "mid"',
  ],
  ["COPY --from=9 / /", "invalid stage index 9"],
  ["COPY --from=mid / /", "circular dependency detected on stage: mid"],
  ["COPY --from=$X / /", "variable expansion is not supported for --from"],
] as const) {
  test(`the trigger ${JSON.stringify(trigger)} of an image is an error at FROM`, async (t) => {
    const dockerfile =
      "FROM scratch AS early\nFROM first AS mid\nFROM scratch AS late\nCOPY --from=mid / /\n";
    await assert.rejects(planned(t, dockerfile, { world: worldOf({ first: [trigger] }) }), (error: Error) => {
      assert.ok(error.message.startsWith(`dockerfile parse error on line 2: ${problem}`), error.message);
      assert.match(error.message, /\n {3}2 \| >>> FROM first AS mid\n/);
      return true;
    });
  });
}

/** A world that answers no base before it was asked for as many as there are; the names with "bad" in them fail. */
function worldThatWaits(count: number): FakeWorld {
  const { asked, base, ...world } = fakeWorld();
  let answer = (): void => undefined;
  const all = new Promise<void>((resolve) => (answer = resolve));
  return {
    ...world,
    asked,
    async base(name, platform) {
      const pinned = base(name, platform);
      // The build checks ask too, and the world answers both with one look.
      if (asked.indexOf(asked.at(-1)!) < asked.length - 1) asked.pop();
      if (asked.length === count) answer();
      await all;
      // The one that was asked for first fails last.
      if (name === "bad:1") await new Promise((resolve) => setImmediate(resolve));
      if (name.startsWith("bad")) throw new GantryError("ERR_GANTRY_NOT_FOUND", `there is no ${name}`);
      return pinned;
    },
  };
}

const manyBases =
  "FROM one AS a\nFROM two AS b\nCOPY --from=a / /a\nFROM unneeded AS c\nFROM three\nCOPY --from=b / /b\n";

test("all bases of all platforms are asked for before the first is there", async (t) => {
  const world = worldThatWaits(6);
  await planned(t, manyBases, { world, platforms: ["linux/amd64", "linux/arm64"] });
  const names = ["one", "two", "three"];
  assert.deepEqual(
    world.asked,
    ["amd64", "arm64"].flatMap((architecture) => names.map((name) => `${name} linux/${architecture}`)),
  );
});

test("of several bases that fail the first in the file is told, with its lines", async (t) => {
  const world = worldThatWaits(3);
  const dockerfile = manyBases.replace("two", "bad:1").replace("three", "bad:2");
  await assert.rejects(planned(t, dockerfile, { world }), (error: Error) => {
    assert.match(error.message, /^Dockerfile, line 2: there is no bad:1\n/);
    assert.match(error.message, /\n {3}2 \| >>> FROM bad:1 AS b\n/);
    return true;
  });
  assert.equal(world.asked.length, 3);
});

test("a build that is given up rejects with the reason, once all bases have ended", async (t) => {
  const controller = new AbortController();
  const reason = new Error("given up");
  const world = worldThatWaits(3);
  const base: World["base"] = (name, platform, io) => {
    if (name === "three") controller.abort(reason);
    return world.base(name === "one" ? "bad" : name, platform, io);
  };
  const contextRoot = folderOf(t, { Dockerfile: manyBases });
  const { signal } = controller;
  await assert.rejects(
    planDockerfileRequest({ dockerfile: "Dockerfile" }, { ...world, base }, { context: contextRoot, signal }),
    (error) => error === reason,
  );
});
