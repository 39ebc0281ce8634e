import { GantryError, nodeSystem } from "../../src/index.js";
import { run } from "../../src/cli/run.js";
import type { Api, Terminal } from "../../src/cli/terminal.js";

export interface FakeRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeWorld {
  /** The functions of the library that the command is to meet; any other fails by name. */
  readonly api?: Partial<Api>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process against a terminal that only remembers. */
export async function runFake(argv: readonly string[], world: FakeWorld = {}): Promise<FakeRun> {
  const { terminal, written } = fakeTerminal(world);
  const status = await run(argv, terminal);
  return { status, ...written() };
}

export function fakeTerminal({
  api = {},
  env = {},
  cwd = process.cwd(),
  stdin,
  isTTY = false,
  signal,
}: FakeWorld = {}): {
  readonly terminal: Terminal;
  readonly written: () => { readonly stdout: string; readonly stderr: string };
} {
  let stdout = "";
  let stderr = "";
  const size = { columns: 80, rows: 24 };
  const text = Buffer.from(stdin ?? "").toString();
  const line = text.split("\n").values();
  const next = async () => line.next().value ?? "";
  const terminal: Terminal = {
    stdin: {
      isTTY: stdin === undefined ? false : isTTY,
      readAll: async () => text,
      bytes: async function* () {
        yield Buffer.from(stdin ?? "");
      },
      readLine: next,
      readSecret: next,
    },
    stdout: { ...size, isTTY, write: (text) => void (stdout += text) },
    stderr: { ...size, isTTY, write: (text) => void (stderr += text) },
    system: { ...nodeSystem(), env, cwd },
    signal: signal ?? new AbortController().signal,
    api: async () => fakeApi(api),
  };
  return { terminal, written: () => ({ stdout, stderr }) };
}

function fakeApi(functions: Partial<Api>): Api {
  return new Proxy({ GantryError, ...functions } as Api, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (found === undefined && typeof name === "string" && name !== "then")
        throw new Error(`the test has no ${name}`);
      return found;
    },
  });
}
