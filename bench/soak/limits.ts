import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createHash } from "node:crypto";
import { parseReference } from "../../src/model/reference.js";
import { createRegistry } from "../../src/registry.js";
import type { Fault, Faults } from "../../test/support/fault-registry.js";
import { runCommand, startCommand } from "./command.js";
import { createScene, failing, pushArgs, pushed, type Scene } from "./scene.js";

/** One limit of the test matrix that is a time, as it was measured. */
export interface Measured {
  readonly number: string;
  readonly what: string;
  readonly seconds: number;
  /** From and to, in seconds. */
  readonly limit: readonly [number, number];
}

/**
 * What the test matrix says in seconds, with real clocks and the defaults that users have; the test suite asserts counts
 * instead. Those that wait for minutes run side by side.
 */
export async function measureLimits(report: (line: string) => void): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  const run = async (limit: Limit) => {
    const scene = createScene();
    try {
      const seconds = await limit.measure(scene);
      measured.push({ number: limit.number, what: limit.what, seconds, limit: limit.limit });
      report(`limits: ${limit.number} ${limit.what}: ${seconds.toFixed(3)} s`);
    } finally {
      await scene.end();
    }
  };
  for (const limit of limits) if (limit.alone === true) await run(limit);
  await Promise.all(limits.filter(({ alone }) => alone !== true).map(run));
  return measured.sort((a, b) => (a.number < b.number ? -1 : 1));
}

interface Limit {
  readonly number: string;
  readonly what: string;
  readonly limit: readonly [number, number];
  /** Measured with nothing beside it. */
  readonly alone?: boolean;
  /** Seconds. Throws where the outcome is not what it should be. */
  measure(scene: Scene): Promise<number>;
}

const isCommit = ({ method, path }: { method: string; path: string }) =>
  method === "PUT" && path.includes("/blobs/uploads/");

const limits: readonly Limit[] = [
  {
    number: "A4",
    what: "a reference of 1 MB is refused",
    limit: [0, 0.01],
    alone: true,
    measure: () => {
      const began = performance.now();
      const huge = `r/${"a-".repeat(500_000)}`;
      let refused = false;
      try {
        parseReference(huge);
      } catch {
        refused = true;
      }
      if (!refused) throw new Error("it was not refused");
      return Promise.resolve((performance.now() - began) / 1000);
    },
  },
  {
    number: "G103",
    what: "an interrupt while a body is sent ends the process",
    limit: [0, 1],
    alone: true,
    measure: (scene) =>
      interrupted(scene, ({ method, path }) => (isCommit({ method, path }) ? { silent: true } : undefined)),
  },
  {
    number: "G103",
    what: "the same where the registry does not answer the DELETE of the session either",
    limit: [0, 3],
    alone: true,
    measure: (scene) =>
      interrupted(scene, ({ method, path }) =>
        isCommit({ method, path }) || method === "DELETE" ? { silent: true } : undefined,
      ),
  },
  {
    number: "F97",
    what: "a build goes on past a lock whose holder was killed",
    limit: [0, 5],
    alone: true,
    measure: async (scene) => {
      const args = [
        "build",
        "--base",
        "scratch",
        "--add",
        "file:/file",
        "-t",
        "app:1",
        "-o",
        "type=oci,dest=out",
      ];
      writeFileSync(join(scene.folder, "file"), "1");
      await runCommand(scene, ...args);
      writeFileSync(join(scene.folder, "out", "index.json.lock"), "killed");
      writeFileSync(join(scene.folder, "file"), "2");
      return (await runCommand(scene, ...args)).took / 1000;
    },
  },
  {
    number: "D56",
    what: "a registry that answers 503 to all is given up",
    limit: [0, 10],
    measure: async (scene) => seconds(await failing(scene, [{ fault: { status: 503 } }], /after 5 attempts/)),
  },
  {
    number: "D57",
    what: "429 with Retry-After: 2 is waited for",
    limit: [2, 4],
    measure: async (scene) => seconds(await pushed(scene, [{ times: 1, fault: limited("2") }])),
  },
  {
    number: "D57",
    what: "429 with a date 3 s ahead is waited for",
    limit: [1.5, 5],
    measure: async (scene) =>
      seconds(await pushed(scene, [{ times: 1, fault: limited(new Date(Date.now() + 3000).toUTCString()) }])),
  },
  {
    number: "D57",
    what: "429 with Retry-After: 86400 fails at once",
    limit: [0, 2],
    measure: async (scene) => seconds(await failing(scene, [{ fault: limited("86400") }], /86400 s/)),
  },
  {
    number: "E86",
    what: "a credential helper that hangs is given up",
    limit: [29, 35],
    measure: async (scene) => {
      writeFileSync(join(scene.folder, "docker-credential-stuck"), "#!/bin/sh\nexec sleep 600\n");
      chmodSync(join(scene.folder, "docker-credential-stuck"), 0o755);
      const challenge = { "www-authenticate": 'Basic realm="limits"' };
      const host = await scene.front([{ fault: { status: 401, headers: challenge } }]);
      const folder = join(scene.folder, ".docker");
      mkdirSync(folder);
      writeFileSync(join(folder, "config.json"), JSON.stringify({ credHelpers: { [host]: "stuck" } }));
      const env = { PATH: `${scene.folder}:${process.env["PATH"]}`, DOCKER_CONFIG: folder };
      return seconds(await failing({ ...scene, env }, host, /stuck.*30 s/));
    },
  },
  {
    number: "D73",
    what: "a registry that takes requests and never answers is given up after five tries",
    limit: [60, 330],
    measure: async (scene) => seconds(await failing(scene, [{ fault: { silent: true } }], /waited 60 s/)),
  },
  {
    number: "D73",
    what: "a commit is answered after four minutes, and the push goes on",
    limit: [240, 260],
    measure: async (scene) =>
      seconds(
        await pushed(scene, [
          { method: "PUT", path: /uploads.*digest=/, times: 1, fault: { hold: delay(240_000) } },
        ]),
      ),
  },
  {
    number: "H114",
    what: "an upload that takes longer than five minutes succeeds",
    limit: [310, 330],
    measure: slowUpload,
  },
  {
    number: "G107",
    what: "an image of 20 GiB is packed by a process whose heap may hold 256 MB",
    limit: [0, 600],
    measure: async (scene) => {
      writeFileSync(join(scene.folder, "huge"), "");
      truncateSync(join(scene.folder, "huge"), 20 * 2 ** 30);
      const args = [
        "build",
        "--base",
        "scratch",
        "--add",
        "huge:/huge",
        "--compression",
        "gzip:1",
        "-t",
        "app:1",
      ];
      const env = { NODE_OPTIONS: "--max-old-space-size=256" };
      return (await runCommand({ ...scene, env }, ...args, "-o", "type=oci,dest=out")).took / 1000;
    },
  },
];

function limited(after: string): Fault {
  return { status: 429, headers: { "retry-after": after } };
}

function seconds({ took }: { readonly took: number }): number {
  return took / 1000;
}

/** Seconds from SIGINT to the end of a push that stands still where the faults say so. */
async function interrupted(
  scene: Scene,
  faults: Extract<Faults, (...args: never) => unknown>,
): Promise<number> {
  let reached: () => void;
  const standing = new Promise<void>((resolve) => (reached = resolve));
  const host = await scene.front((seen) => {
    if (isCommit(seen)) reached();
    return faults(seen);
  });
  const { child, ended } = startCommand(scene, pushArgs(scene, host));
  await standing;
  await delay(200);
  const began = performance.now();
  child.kill("SIGINT");
  const { status } = await ended;
  if (status !== 130) throw new Error(`it ended with ${status}`);
  return (performance.now() - began) / 1000;
}

/** One PUT to the embedded registry, a piece each second for 310 s. */
async function slowUpload(): Promise<number> {
  const registry = await createRegistry();
  try {
    const pieces = Array.from({ length: 310 }, (_, at) => Buffer.alloc(1024, at));
    const digest = `sha256:${createHash("sha256").update(Buffer.concat(pieces)).digest("hex")}`;
    const begun = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const began = performance.now();
    const sent = request(`${registry.url}${begun.headers.get("location")}?digest=${digest}`, {
      method: "PUT",
      headers: { "content-length": pieces.length * 1024 },
    });
    const status = new Promise<number>((resolve, reject) => {
      sent.on("response", (response) => resolve(response.resume().statusCode!));
      sent.on("error", reject);
    });
    for (const piece of pieces) {
      sent.write(piece);
      await delay(1000);
    }
    sent.end();
    if ((await status) !== 201) throw new Error(`the upload was answered ${await status}`);
    return (performance.now() - began) / 1000;
  } finally {
    await registry.close();
  }
}
