import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

/** Why a test that needs these programs cannot run here, or false where it can: for node:test's `skip`. */
export function lacking(...programs: readonly string[]): string | false {
  const missing = programs.filter(
    (program) => spawnSync("which", [program], { stdio: "ignore" }).status !== 0,
  );
  return missing.length === 0 ? false : `${missing.join(", ")} is not installed`;
}

/** The OCI layout that .ci/debian-base made: a small real Debian, named "12". */
export const debianBase: string | undefined = process.env.GANTRY_TEST_BASE;

/** Why a test on the Debian base cannot run here. */
export const noDebianBase: string | false =
  debianBase !== undefined && existsSync(debianBase)
    ? false
    : "GANTRY_TEST_BASE names no base made by .ci/debian-base";

/** Why a test that starts programs in another root cannot run here. */
export const noChroot: string | false =
  spawnSync("chroot", ["/", "true"], { stdio: "ignore" }).status === 0 ? false : "chroot is not allowed";

/** Runs a program to its end and expects success; what it wrote to stdout. */
export async function tool(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 });
  return stdout;
}
