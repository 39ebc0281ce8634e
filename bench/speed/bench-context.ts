import type { Ends } from "../../test/support/fault-registry.js";
import { prepareWorkload, type Workload } from "./workloads/workload.js";
import type { Tools } from "./peers/tools.js";

/** What contests are made with. */
export interface BenchContext {
  /** Where workloads are kept. */
  readonly work: string;
  /** For what runs leave; gone when the bench ends. */
  readonly scratch: string;
  readonly tools: Tools;
  /** A Node that has zstd, or why there is none. */
  readonly zstdNode: { readonly path: string } | { readonly missing: string };
  /** Called when the contest is over. */
  readonly ends: Ends;
  readonly onLine: (line: string) => void;
}

/** The workload's folder, made where it is not there yet. */
export function folderOf({ work, onLine }: BenchContext, workload: Workload): Promise<string> {
  return prepareWorkload(work, workload, onLine);
}
