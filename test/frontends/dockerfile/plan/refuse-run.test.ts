import assert from "node:assert/strict";
import { test } from "node:test";
import { readDockerfile } from "../../../../src/frontends/dockerfile/dockerfile.js";
import { globalVariables } from "../../../../src/frontends/dockerfile/stages/global-variables.js";
import { openNamedContexts } from "../../../../src/frontends/dockerfile/stages/named-context.js";
import { refuseRun } from "../../../../src/frontends/dockerfile/plan/refuse-run.js";
import { stageGraph } from "../../../../src/frontends/dockerfile/stages/stage-graph.js";
import type { Programs, World } from "../../../../src/plan/world.js";

const platform = { os: "linux", architecture: "amd64" };

/** The message's lines; none where nothing is refused. */
async function refusal(
  text: string,
  {
    target,
    contexts = {},
    onPath = [],
  }: {
    readonly target?: string;
    readonly contexts?: Readonly<Record<string, string>>;
    readonly onPath?: readonly string[];
  } = {},
): Promise<readonly string[]> {
  const dockerfile = readDockerfile(text, "app.Dockerfile");
  const globals = globalVariables(dockerfile, { given: {}, target, platform, buildPlatform: platform });
  const named = await openNamedContexts(contexts, { cwd: "/", world: {} as World });
  const graph = stageGraph(dockerfile, { globals, target, platform, contexts: named });
  const programs = { find: async (name: string) => (onPath.includes(name) ? `/bin/${name}` : undefined) };
  return refuseRun(dockerfile, graph, programs as unknown as Programs).then(
    () => [],
    (error: unknown) => {
      assert.equal((error as { code?: string }).code, "ERR_GANTRY_UNSUPPORTED");
      return (error as Error).message.split("\n");
    },
  );
}

test("every RUN is listed by stage, with what needs the stage", async () => {
  const text = [
    "FROM scratch AS one",
    "RUN 1",
    "FROM one AS two",
    "run 2 \\",
    "  and more",
    "FROM scratch AS unneeded",
    "RUN 3",
    "FROM scratch AS three",
    "RUN <<END",
    "a\nb\nc\nd",
    "END",
    "FROM two AS app",
    "COPY --from=2 / /x/",
    "COPY --from=three / /",
  ].join("\n");
  assert.deepEqual(
    await refusal(text.replace("--from=2 ", "--from=1 "), { onPath: ["buildctl", "docker"] }),
    [
      "app.Dockerfile needs RUN at lines 2, 4, 9 for the stage app, and Gantry executes nothing: COPY what it would make, replace its stage with --build-context, or hand it over with --run-with",
      "stage one, needed by the stage two through FROM one (line 3):",
      "   2 | >>> RUN 1",
      "stage two, needed by the stage app through FROM two (line 15):",
      "   4 | >>> run 2 \\",
      "   5 | >>>   and more",
      "stage three, needed by the stage app through COPY --from=three (line 17):",
      "   9 | >>> RUN <<END",
      "  10 | >>> a",
      "  11 | >>> b",
      "  12 | >>> c",
      "     |     ...",
      "what can be done:",
      "  - run it before the build, and COPY what it made",
      "  - give what the stage makes: --build-context two=DIR --build-context three=DIR (or docker-image://REFERENCE, oci-layout://DIR)",
      "  - have an engine run it: --run-with docker|buildah|buildctl (on the PATH: docker, buildctl)",
    ],
  );
});

test("RUN that a stage leaves by ONBUILD is listed where it would be carried out", async () => {
  const text = "FROM scratch AS base\nONBUILD RUN 1\nONBUILD ENV A=1\nFROM base AS a\nFROM a AS b\n";
  const lines = await refusal(text);
  assert.match(lines[0]!, /needs RUN at line 2 for the stage b,/);
  assert.deepEqual(lines.slice(1, 3), [
    "stage a, needed by the stage b through FROM a (line 5):",
    "   2 | >>> ONBUILD RUN 1",
  ]);
  assert.deepEqual(await refusal(text, { target: "base" }), []);
});

test("what is not needed, or has been replaced, is not refused", async () => {
  const text = "FROM scratch AS a\nRUN 1\nFROM scratch AS b\nCOPY --from=a / /\nFROM scratch\nRUN 2\n";
  assert.match((await refusal(text, { target: "b" }))[1]!, /^stage a, /);
  assert.deepEqual(await refusal(text, { target: "b", contexts: { a: "folder" } }), []);
  assert.match(
    (await refusal(text, { contexts: { a: "folder" } }))[1]!,
    /^stage stage-2, which is to be built/,
  );
});
