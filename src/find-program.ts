import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { System } from "./system.js";

/**
 * A program's absolute path, looked for in the absolute folders of PATH, so that what lies in the folder somebody works
 * in is never run; undefined where there is none that may be executed. `name` is without ".exe".
 */
export async function findProgram(
  name: string,
  { env: { PATH = "" }, platform }: Pick<System, "env" | "platform">,
): Promise<string | undefined> {
  for (const folder of PATH.split(delimiter).filter((part) => isAbsolute(part))) {
    const file = join(folder, platform === "win32" ? `${name}.exe` : name);
    const runnable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return file;
  }
  return undefined;
}
