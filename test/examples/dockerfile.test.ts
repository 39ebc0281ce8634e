import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parsePlatform } from "../../src/model/platform.js";
import { createInProcess } from "../support/in-process.js";
import { readImages, type BuiltImage } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";

const example = fileURLToPath(new URL("../../../examples/dockerfile/", import.meta.url));
const platforms = ["linux/amd64", "linux/arm64"];

/** The example's commands but the first, which starts a registry, in their order. */
function commands(): readonly string[] {
  const [, block = ""] = /^```sh\n([^]*?)^```/m.exec(readFileSync(join(example, "README.md"), "utf8")) ?? [];
  const [serve = "", ...rest] = block.trim().split("\n");
  assert.match(serve, /^gantry registry serve --addr 127\.0\.0\.1:5000 &$/);
  return rest;
}

test("the commands of examples/dockerfile work in their order, and make both variants for both platforms", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  cpSync(example, join(folder, "example"), { recursive: true });
  const lines = commands().map((line) => line.replaceAll("localhost:5000", registry.host));
  assert.equal(lines.length, 4);
  for (const line of lines) {
    const { status, stderr } = await run(line.split(" ").slice(1), { cwd: join(folder, "example") });
    assert.equal(status, 0, `${line}: ${stderr}`);
    if (line.includes("VARIANT=minimal"))
      assert.ok(!registry.log.some(({ path }) => path.includes("bases")), "no base is asked for");
    registry.forget();
  }
  const [one, debug, minimal] = await Promise.all(
    ["1", "1-debug", "1-minimal"].map((tag) => read(`${registry.host}/agent:${tag}`)),
  );
  assert.deepEqual(one, debug);
  assert.deepEqual(
    one!.map(({ config }) => config.architecture),
    ["amd64", "arm64"],
  );
  for (const images of [one!, minimal!]) images.forEach(checkAgent);
  assert.deepEqual(
    one!.map(described),
    twice(["debug", "tools", "PATH=/usr/local/bin:/tools:/usr/bin:/bin"]),
  );
  const path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  assert.deepEqual(minimal!.map(described), twice(["minimal", undefined, path]));
});

async function read(place: string): Promise<readonly BuiltImage[]> {
  const images = platforms.map((platform) => ({ platform: parsePlatform(platform) }));
  return readImages(place, { images } as unknown as Parameters<typeof readImages>[1]);
}

/** What is the same in every variant, with the platform's own program. */
function checkAgent({ config, layers }: BuiltImage): void {
  const { User, Entrypoint, Cmd, WorkingDir } = config.config ?? {};
  assert.deepEqual(
    [User, Entrypoint, Cmd, WorkingDir],
    ["1337:1337", ["/usr/local/bin/agent"], ["serve", "--port=8080"], "/var/lib/agent"],
  );
  const members = layers.flat();
  const [agent = assert.fail("no agent")] = members.filter(({ path }) => path === "usr/local/bin/agent");
  assert.ok(agent.text?.includes(`agent for ${config.architecture}:`));
  assert.equal(agent.mode, 0o755);
  for (const path of ["etc/passwd", "etc/ssl/certs/example.pem", "var/lib/agent"])
    assert.ok(
      members.some((member) => member.path === path),
      path,
    );
}

function described({ config }: BuiltImage): readonly (string | undefined)[] {
  const { Labels = {}, Env = [] } = config.config ?? {};
  return [
    Labels["com.example.variant"],
    Labels["com.example.base"],
    Env.find((line) => line.startsWith("PATH=")),
  ];
}

function twice<T>(value: T): readonly T[] {
  return [value, value];
}
