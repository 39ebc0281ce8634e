import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parsePlatform } from "../../../src/model/platform.js";
import { readDockerArchive } from "../../../src/places/docker-archive/read.js";
import { startBase } from "./cases/base-image.js";
import { writeContext, writeNamedContexts } from "./cases/context.js";
import { startRemote } from "./cases/remote-server.js";
import { outcomeIn } from "./outcome.js";
import type { DockerfileCase, Outcome } from "./cases/case.js";

/**
 * What buildah makes of a case, in docker's format: the OCI one leaves out what has no field there. Rejects with the last
 * line of what buildah says where it does not build it.
 */
export async function buildByBuildah(each: DockerfileCase): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-buildah-"));
  const [context, archive, idFile] = [join(folder, "context"), join(folder, "image.tar"), join(folder, "id")];
  const base = each.onBase === true ? await startBase(folder, each) : undefined;
  const remote = each.remote === true ? await startRemote(folder) : undefined;
  try {
    mkdirSync(context);
    writeContext(context, each);
    const { target, platform = "linux/amd64" } = each;
    const buildArgs = {
      ...each.buildArgs,
      ...(base === undefined ? {} : { BASE: base.name }),
      ...remote?.buildArgs,
    };
    const contextAt = remote?.contextOf(each);
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
      ...(contextAt === undefined ? ["--file", join(context, "Dockerfile")] : []),
      ...["--iidfile", idFile],
    ];
    await buildah([...storage, "build", ...options, contextAt ?? context], folder);
    const id = readFileSync(idFile, "utf8").trim();
    // To an archive at once it would not write an image that is its base and nothing more.
    await buildah([...storage, "push", "--format=docker", id, `docker-archive:${archive}`], folder);
    const outcome = await outcomeIn(await readDockerArchive(archive), parsePlatform(platform));
    return remote?.comparable(outcome) ?? outcome;
  } finally {
    await base?.close();
    await remote?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it has for a moment it has in the folder. */
async function buildah(args: readonly string[], folder: string): Promise<void> {
  try {
    await promisify(execFile)("buildah", args, { env: { ...process.env, TMPDIR: folder } });
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new Error(stderr.trim().split("\n").at(-1) || String(error), { cause: error });
  }
}
