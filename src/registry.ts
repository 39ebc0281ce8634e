/** `gantry/registry`: a registry for tests and for this machine. */
export { createRegistry } from "./server/registry.js";
export type { RegistryOptions, RegistryServer, RequestEntry } from "./server/registry.js";
export { collectGarbage } from "./server/collect.js";
export type { Collected, CollectOptions } from "./server/collect.js";
