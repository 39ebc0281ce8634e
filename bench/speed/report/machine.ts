import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type as systemType } from "node:os";
import { join } from "node:path";
import { root } from "../paths.js";
import type { BenchContext } from "../bench-context.js";

/** What the figures were measured on: nothing that tells one machine of its kind from another. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly architecture: string;
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `${systemType()} ${release()}`,
    architecture: process.arch,
  };
}

/** Every program that took part, with its version. */
export function describeVersions({
  tools,
  zstdNode,
}: Pick<BenchContext, "tools" | "zstdNode">): Readonly<Record<string, string>> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return {
    gantry: `${version} (${commit()})`,
    node: process.version,
    ...("path" in zstdNode ? { "node for zstd": output(zstdNode.path, "--version") } : {}),
    ...Object.fromEntries(tools),
  };
}

function commit(): string {
  const changed = output("git", "-C", root, "status", "--porcelain", "--untracked-files=no") !== "";
  return `${output("git", "-C", root, "rev-parse", "--short", "HEAD")}${changed ? ", changed" : ""}`;
}

function output(program: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
