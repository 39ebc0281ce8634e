import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { decompress } from "../../src/codec/decompress.js";
import { readAll } from "../../src/model/digest.js";
import { readTar } from "../../src/tar/read.js";

/** A static program for one architecture, as npm carries it. */
interface Program {
  readonly architecture: string;
  readonly package: string;
  readonly version: string;
  /** Of the package's tarball, as in a lock file. */
  readonly integrity: string;
}

/** Fetches the real, static programs of programs.json into `folder/ARCHITECTURE/web`, each checked against its integrity. */
export async function fetchPrograms(folder: string): Promise<readonly string[]> {
  const list = new URL("../../../examples/demo/programs.json", import.meta.url);
  const programs = JSON.parse(await readFile(list, "utf8")) as readonly Program[];
  await Promise.all(programs.map((program) => fetchProgram(program, folder)));
  return programs.map(({ architecture }) => architecture);
}

async function fetchProgram(program: Program, folder: string): Promise<void> {
  const target = join(folder, program.architecture);
  await mkdir(target, { recursive: true });
  const tarball = await readFile(await pack(`${program.package}@${program.version}`, target));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  if (integrity !== program.integrity)
    throw new Error(`${program.package} is not the package that programs.json names`);
  for await (const { header, body } of readTar(decompress(once(tarball), { what: program.package }))) {
    if (header.path !== "package/bin/esbuild") continue;
    await writeFile(join(target, "web"), await readAll(body, { limit: 1 << 26, what: header.path }));
    await chmod(join(target, "web"), 0o755);
  }
}

/** `npm pack` fetches from whatever registry npm is set up for. */
async function pack(spec: string, folder: string): Promise<string> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { stdout } = await promisify(execFile)(npm, ["pack", spec, "--json", "--pack-destination", folder]);
  const packed: unknown = JSON.parse(stdout);
  const [first] = Array.isArray(packed) ? packed : Object.values(packed as object);
  return join(folder, (first as { filename: string }).filename.replace(/^@/, "").replace("/", "-"));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
