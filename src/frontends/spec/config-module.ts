import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { GantryError } from "../../errors.js";
import { defineConfig } from "./define-config.js";

interface Loaded {
  readonly default?: unknown;
}

/** The default export of a spec file that is a program; TypeScript needs Node's own type stripping, or else jiti does it. */
export async function readConfigModule(path: string, name: string): Promise<unknown> {
  let loaded: Loaded;
  try {
    loaded = await importModule(path);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const reason = text.replace(/\nRequire stack:[^]*/, "").replace(/\s*\n\s*/g, " ");
    throw new GantryError("ERR_GANTRY_SPEC_INVALID", `loading ${name}: ${reason}`, { cause: error });
  }
  if (loaded.default !== undefined) return loaded.default;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${name}: expected a default export, like "export default defineConfig({ ... })"`,
  );
}

async function importModule(path: string): Promise<Loaded> {
  if (/\.m?ts$/.test(path) && !readsTypeScript()) return importByJiti(path);
  const url = pathToFileURL(path);
  // Modules are kept for the life of the process: a file that changed since needs another name.
  url.searchParams.set("changed", String(statSync(path).mtimeMs));
  try {
    return (await import(url.href)) as Loaded;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot find package 'gantry'"))
      return importByJiti(path);
    throw error;
  }
}

/** Where gantry is installed for the machine and not beside the file, `import { defineConfig } from "gantry"` works too. */
async function importByJiti(path: string): Promise<Loaded> {
  const { createJiti } = await import("jiti");
  const options = { fsCache: false, moduleCache: false };
  try {
    return await createJiti(import.meta.url, options).import(path);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("Cannot find module 'gantry'")) throw error;
    return createJiti(import.meta.url, { ...options, virtualModules: { gantry: { defineConfig } } }).import(
      path,
    );
  }
}

function readsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
