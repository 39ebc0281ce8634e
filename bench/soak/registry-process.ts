import { startUnreliable, type Rates } from "./unreliable-registry.js";

/** An unreliable registry in a process of its own: tells its parent where it listens, and what happened once it is told to close. */
const { seed, rates } = JSON.parse(process.argv[2]!) as { readonly seed: number; readonly rates: Rates };
const registry = await startUnreliable(seed, rates);
process.send!({ host: registry.host, quiet: registry.quiet });
process.once("disconnect", () => process.exit(1));
process.once("message", () => {
  const twice = [...registry.commits.values()].filter((count) => count > 1).length;
  void registry
    .close()
    .then(() => process.send!({ ...registry.struck(), twice }, () => process.disconnect()));
  process.removeAllListeners("disconnect");
});
