import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parsePlatform } from "../../../src/model/platform.js";
import { readDockerArchive } from "../../../src/places/docker-archive/read.js";
import { startBase } from "./cases/base-image.js";
import { writeContext, writeNamedContexts } from "./cases/context.js";
import { outcomeIn } from "./outcome.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

/**
 * What buildah makes of a case, in docker's format: the OCI one leaves out what has no field there. Rejects with the last
 * line of what buildah says where it does not build it.
 */
export async function buildByBuildah(each: DockerfileCase): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-buildah-"));
  const [context, archive, idFile] = [join(folder, "context"), join(folder, "image.tar"), join(folder, "id")];
  const base = each.onBase === true ? await startBase(folder) : undefined;
  try {
    mkdirSync(context);
    writeContext(context, each);
    const { target, platform = "linux/amd64" } = each;
    const buildArgs = { ...each.buildArgs, ...(base === undefined ? {} : { BASE: base.name }) };
    const storage = [
      "--root",
      join(folder, "root"),
      "--runroot",
      join(folder, "run"),
      "--storage-driver",
      "vfs",
    ];
    const options = [
      ...[
        "--layers=false",
        "--identity-label=false",
        "--format=docker",
        "--isolation=chroot",
        "--tls-verify=false",
      ],
      `--platform=${platform}`,
      ...(target === undefined ? [] : [`--target=${target}`]),
      ...Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
      ...Object.entries(writeNamedContexts(folder, each)).map(
        ([name, path]) => `--build-context=${name}=${path}`,
      ),
      ...["--file", join(context, "Dockerfile"), "--iidfile", idFile],
    ];
    await buildah([...storage, "build", ...options, context]);
    const id = readFileSync(idFile, "utf8").trim();
    // To an archive at once it would not write an image that is its base and nothing more.
    await buildah([...storage, "push", "--format=docker", id, `docker-archive:${archive}`]);
    return await outcomeIn(await readDockerArchive(archive), parsePlatform(platform));
  } finally {
    await base?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildah(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)("buildah", args);
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new Error(stderr.trim().split("\n").at(-1) || String(error), { cause: error });
  }
}
