import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** An entry of an `auths` table. */
export const auth = (user: string, password = "pw"): { readonly auth: string } => ({
  auth: Buffer.from(`${user}:${password}`).toString("base64"),
});

/** A home folder with these files, objects as JSON. */
export async function home(t: TestContext, files: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gantry-home-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, value] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof value === "string" ? value : JSON.stringify(value));
  }
  return folder;
}
