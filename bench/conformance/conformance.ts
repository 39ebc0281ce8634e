import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import { runConformance, type ConformanceResults } from "../../test/support/conformance.js";
import { lacking } from "../../test/support/tools.js";

/**
 * `npm run conformance`: the distribution-spec's conformance suite against the embedded registry and against every other
 * registry that is on the PATH, as the table of docs/reliability.md.
 */
interface Contender {
  readonly name: string;
  /** The program that must be on the PATH. */
  readonly program?: string;
  start(folder: string): Promise<Started>;
}

interface Started {
  readonly host: string;
  close(): Promise<void>;
}

const contenders: readonly Contender[] = [
  {
    name: "Gantry",
    start: async (folder) => {
      const registry = await createRegistry({ dir: join(folder, "store") });
      return { host: registry.host, close: () => registry.close() };
    },
  },
  {
    name: "distribution 2.8",
    program: "docker-registry",
    start: (folder) => startDistribution("docker-registry", folder),
  },
  {
    name: "distribution 3",
    program: "registry",
    start: (folder) => startDistribution("registry", folder),
  },
];

const columns: { readonly name: string; readonly results: ConformanceResults }[] = [];
for (const { name, program, start } of contenders) {
  if (lacking("conformance", ...(program === undefined ? [] : [program])) !== false) continue;
  const folder = mkdtempSync(join(tmpdir(), "gantry-conformance-"));
  const started = await start(folder);
  try {
    columns.push({ name, results: await runConformance(started.host) });
  } finally {
    await started.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
printTable();

function printTable(): void {
  const [first] = columns;
  if (first === undefined) throw new Error("the suite's program, conformance, is not on the PATH");
  console.log(`| | ${columns.map(({ name }) => name).join(" | ")} |`);
  console.log(`|---|${columns.map(() => "---").join("|")}|`);
  for (const part of ["apis", "data"] as const) {
    for (const row of Object.keys(first.results[part])) {
      const cells = columns.map(({ results }) => (results[part][row] ?? "-").toLowerCase());
      console.log(`| ${row} | ${cells.join(" | ")} |`);
    }
  }
}

async function startDistribution(program: string, folder: string): Promise<Started> {
  const config = join(folder, "config.yml");
  const storage = `storage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}`;
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\n${storage}\nhttp: {addr: "127.0.0.1:0"}\n`,
  );
  const env = { ...process.env, OTEL_TRACES_EXPORTER: "none" };
  const child = spawn(program, ["serve", config], { stdio: ["ignore", "ignore", "pipe"], env });
  const listening = /listening on (127\.0\.0\.1:\d+)/;
  let log = "";
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    if (listening.test(log)) break;
  }
  child.stderr.resume();
  const host = listening.exec(log)?.[1];
  if (host === undefined) throw new Error(`${program} did not start: ${log}`);
  return {
    host,
    async close() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
