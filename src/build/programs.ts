import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { allDone } from "../concurrency.js";
import { during } from "../errors.js";
import { findProgram } from "../find-program.js";
import type { Programs } from "../plan/world.js";
import type { System } from "../system.js";

export interface ProgramsOptions {
  readonly system: System;
  /** Where folders for the programs' files are made. */
  readonly temporary: string;
}

/** The programs of this machine, with the environment of the system; disposed, it removes the folders it gave. */
export function createPrograms({ system, temporary }: ProgramsOptions): Programs & AsyncDisposable {
  const folders: string[] = [];
  return {
    find: (name) => findProgram(name, system),
    run: async (program, args, options) => {
      // Hardly any build runs one.
      const { runProgram } = await import("./run-program.js");
      return await runProgram(program, args, { ...options, system });
    },
    async folder() {
      const path = join(temporary, system.token(8));
      folders.push(path);
      try {
        await mkdir(path, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw during(`making a folder ${path}`, error, "ERR_GANTRY_STORE");
      }
      return path;
    },
    async [Symbol.asyncDispose]() {
      await allDone(folders.map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
