import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import { collectWhilePushing } from "../../test/server/collecting.js";
import { soakBuildKills, type KillOutcome } from "./kill-builds.js";
import { soakRegistryKills } from "./kill-registry.js";
import { measureLimits } from "./limits.js";
import { soakPush } from "./push.js";

/**
 * `npm run soak`: what takes too long for the tests. Words pick parts (`npm run soak -- push builds`): "push" is case D82,
 * "builds" and "registry" kill processes with -9, "collect" is case H111, "limits" measures what the test matrix says in seconds. SEED makes
 * another run of chance. Ends with 1 where anything was wrong.
 */
const seed = Number(process.env["SEED"] ?? 1);
const report = (line: string) => console.error(line);

const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  async push() {
    const { ok, failed, resets, errors, twice } = await soakPush({ runs: 100, seed, report });
    console.log(
      `push: ${ok} of ${ok + failed} pushes of 16 layers of 64 MiB succeeded, every byte read back, through ${resets} resets and ${errors} answers of 503; ${twice} blobs were committed twice`,
    );
    return failed === 0;
  },
  async builds() {
    const { kills, wrong, during } = await soakBuildKills({ kills: 200, seed, report });
    const phases = Object.entries(during).map(([phase, count]) => `${phase} ${count}`);
    return told("builds", { kills, wrong, note: `during: ${phases.join(", ")}` });
  },
  async registry() {
    const { kills, wrong, wentOn } = await soakRegistryKills({ kills: 200, seed, report });
    return told("registry", {
      kills,
      wrong,
      note: `${wentOn} pushes went on by themselves, the others when made again`,
    });
  },
  async collect() {
    const dir = mkdtempSync(join(tmpdir(), "gantry-collect-"));
    const server = await createRegistry({ dir, requireBlobs: true });
    const steps = 10_000;
    const { refused, collected } = await collectWhilePushing(server, dir, { steps, seed });
    await server.close();
    rmSync(dir, { recursive: true });
    for (const answer of refused) console.log(`collect: refused with ${answer}`);
    console.log(
      `collect: ${steps} steps of pushes and collections, ${collected} blobs removed, ${refused.length} pushes refused`,
    );
    return refused.length === 0 && collected > 0;
  },
  async limits() {
    const measured = await measureLimits(report);
    for (const { number, what, seconds, limit } of measured) {
      const [from, to] = limit;
      const ok = seconds >= from && seconds <= to;
      console.log(
        `limits: ${ok ? "ok" : "MISSED"} ${number} ${what}: ${seconds.toFixed(3)} s (${from} to ${to} s)`,
      );
    }
    return measured.every(({ seconds, limit }) => seconds >= limit[0] && seconds <= limit[1]);
  },
};

function told(
  part: string,
  { kills, wrong, note }: Pick<KillOutcome, "kills" | "wrong"> & { readonly note: string },
): boolean {
  for (const line of wrong) console.log(`${part}: ${line}`);
  console.log(`${part}: ${kills} kills, ${wrong.length} left something wrong; ${note}`);
  return wrong.length === 0;
}

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) {
    console.error(`soak: there is no part "${name}"; the parts are ${Object.keys(parts).join(", ")}`);
    process.exitCode = 2;
  } else if (!(await part())) process.exitCode = 1;
}
