import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { noDebianRegistry, startDebianRegistry } from "../places/registry/debian-registry.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { lacking } from "../support/tools.js";

/** go-containerregistry's own registry, which crane carries, on a free loopback port. */
async function startCraneRegistry(t: TestContext): Promise<string> {
  const child = spawn("crane", ["registry", "serve", "--address", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  // It is read to its end: the registry would not survive a closed pipe.
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      const port = /serving on port (\d+)/.exec(log)?.[1];
      if (port !== undefined) resolve(`127.0.0.1:${port}`);
    });
    child.once("exit", () => reject(new Error(`crane registry did not start: ${log}`)));
  });
}

const registries = [
  { label: "docker-registry", skip: noDebianRegistry, start: startDebianRegistry },
  {
    label: "distribution 3",
    skip: lacking("registry"),
    start: (t: TestContext) => startDebianRegistry(t, { program: "registry" }),
  },
  { label: "go-containerregistry's registry", skip: lacking("crane"), start: startCraneRegistry },
];

for (const { label, skip, start } of registries) {
  test(
    `H118 Gantry pushes to and pulls from ${label}, and copies between it and its own, digests kept`,
    { skip },
    async (t) => {
      const { folder, gantry } = createInProcess(t);
      const [there, own] = [await start(t), (await startLogged(t)).host];
      writeFileSync(join(folder, "base.txt"), "base\n");
      writeFileSync(join(folder, "app.txt"), "app\n");
      const digest = async (name: string) =>
        (JSON.parse(await gantry("inspect", "--json", name)) as { descriptor: { digest: string } }).descriptor
          .digest;
      const platforms = ["--platform", "linux/amd64,linux/arm64"];
      await gantry(
        ...[
          "build",
          "--base",
          "scratch",
          "--add",
          "base.txt:/base.txt",
          ...platforms,
          "--compression",
          "gzip",
        ],
        ...["-t", `${there}/base:1`, "-t", `${own}/base:1`, "--push"],
      );
      assert.equal(await digest(`${there}/base:1`), await digest(`${own}/base:1`));
      await gantry(
        ...[
          "build",
          "--base",
          `${there}/base:1`,
          "--add",
          "app.txt:/app.txt",
          ...platforms,
          "--compression",
          "gzip",
        ],
        ...[
          "-t",
          `${there}/app:1`,
          "-t",
          `${there}/app:2`,
          "-t",
          `${there}/team/app:1`,
          "-t",
          `${own}/app:1`,
          "--push",
        ],
      );
      const expected = await digest(`${own}/app:1`);
      for (const name of ["app:1", "app:2", "team/app:1"])
        assert.equal(await digest(`${there}/${name}`), expected);
      await gantry("copy", `${there}/app:1`, `${own}/back:1`);
      await gantry("copy", `${own}/app:1`, `${there}/again:1`);
      assert.equal(await digest(`${own}/back:1`), expected);
      assert.equal(await digest(`${there}/again:1`), expected);
      assert.deepEqual((await gantry("tags", `${there}/app`)).split("\n"), ["1", "2", ""]);
      // Every byte comes back verified.
      await gantry("copy", `${there}/again:1`, `oci:${folder}/layout:1`);
      assert.equal(await digest(`oci:${folder}/layout:1`), expected);
    },
  );
}
