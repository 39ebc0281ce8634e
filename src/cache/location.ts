import { join } from "node:path";
import type { System } from "../system.js";

/** The folder of Gantry's cache and local store: $GANTRY_CACHE_DIR, else "gantry" in the system's folder for caches. */
export function cacheLocation({ env, home, platform }: Pick<System, "env" | "home" | "platform">): string {
  if (env.GANTRY_CACHE_DIR) return env.GANTRY_CACHE_DIR;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "gantry");
  if (platform === "darwin") return join(home, "Library", "Caches", "gantry");
  if (platform === "win32")
    return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "gantry", "cache");
  return join(home, ".cache", "gantry");
}
