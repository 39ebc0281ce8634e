import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ends } from "../../support/fault-registry.js";

/** Why tests against Debian's docker-registry cannot run here, or false where they can. */
export const noDebianRegistry: string | false =
  spawnSync("docker-registry", ["--version"]).status === 0 ? false : "docker-registry is not installed";

/**
 * Debian's docker-registry (distribution 2.8) on a free loopback port; `auth` is the YAML of its auth section, and
 * `program` may be another version of it, such as distribution 3's `registry`.
 */
export async function startDebianRegistry(
  t: Ends,
  { auth = "", program = "docker-registry" }: { readonly auth?: string; readonly program?: string } = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gantry-registry-"));
  const config = join(folder, "config.yml");
  await writeFile(
    config,
    `version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}\nhttp: {addr: "127.0.0.1:0"}\n${auth}`,
  );
  const child = spawn(program, ["serve", config], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  });
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => {
      log += String(chunk);
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`${program} did not start: ${log}`)));
  });
}
