import { createRequire, syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

type Calls = Record<string, (...args: unknown[]) => unknown>;

/** One call to the file system: "open", "rename" …, and "write", "writeFile", "sync", "read" on what was opened. */
export interface DiskCall {
  readonly name: string;
  readonly path: string;
  /** Whether it changes something, or opens a file for that. */
  readonly writes: boolean;
}

const promises = createRequire(import.meta.url)("node:fs/promises") as Calls;
const names = ["open", "rename", "mkdir", "rm", "utimes", "link", "writeFile", "readFile", "stat"];
const reading = new Set(["read", "readFile", "stat"]);

/** Until the returned function is called or the test ends, calls for which `fault` has an error code fail with it. */
export function breakDisk(t: TestContext, fault: (call: DiskCall) => string | undefined): () => void {
  const originals = Object.fromEntries(names.map((name) => [name, promises[name]!]));
  const strike = (name: string, path: string, writes = !reading.has(name)) => {
    const code = fault({ name, path, writes });
    if (code !== undefined) throw Object.assign(new Error(`${code}: injected, ${name} '${path}'`), { code });
  };
  const watch = (opened: unknown, path: string): unknown => {
    const handle = opened as Calls;
    for (const name of ["write", "writeFile", "sync", "read"]) {
      const call = handle[name]!.bind(handle);
      handle[name] = async (...args: unknown[]) => {
        strike(name, path);
        return call(...args);
      };
    }
    return handle;
  };
  for (const name of names) {
    promises[name] = async (...args: unknown[]) => {
      const path = String(args[0]);
      strike(name, path, name === "open" ? args[1] !== undefined && args[1] !== "r" : undefined);
      const result = await originals[name]!(...args);
      return name === "open" ? watch(result, path) : result;
    };
  }
  syncBuiltinESMExports();
  const heal = () => {
    Object.assign(promises, originals);
    syncBuiltinESMExports();
  };
  t.after(heal);
  return heal;
}
