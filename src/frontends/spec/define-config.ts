import type { Config } from "./request.js";

/** Gives the object of a spec file its type: `export default defineConfig({ base: "debian:12-slim", ... })`. */
export function defineConfig(config: Config): Config {
  return config;
}
