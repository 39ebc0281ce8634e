import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { GantryError } from "../../errors.js";

/** The default export of a spec file that is a program; TypeScript needs Node's own type stripping, or else jiti does it. */
export async function readConfigModule(path: string, name: string): Promise<unknown> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await importModule(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GantryError("ERR_GANTRY_SPEC_INVALID", `loading ${name}: ${reason}`, { cause: error });
  }
  if (loaded.default !== undefined) return loaded.default;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${name}: expected a default export, like "export default defineConfig({ ... })"`,
  );
}

async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  if (/\.m?ts$/.test(path) && !readsTypeScript()) {
    const { createJiti } = await import("jiti");
    return createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(path);
  }
  const url = pathToFileURL(path);
  // Modules are kept for the life of the process: a file that changed since needs another name.
  url.searchParams.set("changed", String(statSync(path).mtimeMs));
  return (await import(url.href)) as { readonly default?: unknown };
}

function readsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
