import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

type Answer = (error: Error | null, ...found: readonly unknown[]) => void;

/** Names that resolve as the test says, for this process and as long as the test runs; all others as they do. */
export function stubNames(t: Pick<TestContext, "after">, names: Readonly<Record<string, string>>): void {
  const real = dns.lookup;
  const lookup = (host: string, options: dns.LookupOptions, answer: Answer): void => {
    const address = names[host];
    if (address === undefined) return real(host, options, answer as never);
    const family = address.includes(":") ? 6 : 4;
    if (options.all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
  dns.lookup = Object.assign(lookup, real) as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
  t.after(() => {
    dns.lookup = real;
    syncBuiltinESMExports();
  });
}
