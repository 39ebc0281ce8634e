import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Image } from "../../../src/model/content.js";
import type { ImageConfig, Platform } from "../../../src/model/oci.js";
import { formatPlatform } from "../../../src/model/platform.js";
import type { BuildPlan, PinnedBase } from "../../../src/plan/plan.js";
import { emptyTree } from "../../../src/context/base-tree/tree.js";
import type { World } from "../../../src/plan/world.js";
import { type System, nodeSystem } from "../../../src/system.js";

/** A machine whose environment is what the test says, on an x64 processor. */
export function testSystem(env: System["env"] = {}, cwd: string = "/"): System {
  return { ...nodeSystem(), env, cwd, arch: "x64" };
}

/** A folder with files (content by relative path), gone after the test. */
export function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "gantry-spec-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export interface FakeWorld extends World {
  /** "NAME PLATFORM" of every base asked for, in order. */
  readonly asked: string[];
}

/** A world in which every base is an image of the given configuration, its digest all zeros. */
export function fakeWorld({
  env = {},
  config = {},
  reference,
}: {
  readonly env?: System["env"];
  readonly config?: Partial<ImageConfig>;
  readonly reference?: string;
} = {}): FakeWorld {
  const asked: string[] = [];
  const base = (name: string, platform: Platform): Promise<PinnedBase> => {
    asked.push(`${name} ${formatPlatform(platform)}`);
    return Promise.resolve({
      name: "as the world calls it",
      ...(reference === undefined ? {} : { reference }),
      image: imageOf(platform, config),
    });
  };
  const archive = () => Promise.resolve(undefined);
  const tree = () => Promise.resolve(emptyTree());
  return { asked, system: testSystem(env), base, archive, tree, remote };
}

const nothing = () => Promise.reject(new Error("the test asked for something elsewhere"));
const remote: World["remote"] = { download: nothing, checkout: nothing, receive: nothing, unpack: nothing };

function imageOf(platform: Platform, config: Partial<ImageConfig>): Image {
  const { os, architecture } = platform;
  const digest = `sha256:${"0".repeat(64)}` as const;
  const descriptor = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 2 };
  const complete = { os, architecture, rootfs: { type: "layers", diff_ids: [] }, ...config } as ImageConfig;
  const image = { kind: "image", descriptor, platform, config: complete, layers: [] };
  return image as unknown as Image;
}

/** "PATH TYPE MODE UID:GID" of each entry, by layer, of a plan's first image. */
export function listing(plan: BuildPlan, image = 0): string[][] {
  return plan.images[image]!.layers.map(({ entries }) =>
    entries.map(({ path, type, mode, uid, gid }) => `${path} ${type} ${mode.toString(8)} ${uid}:${gid}`),
  );
}
