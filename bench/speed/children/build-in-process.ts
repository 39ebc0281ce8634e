import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { libraryEntry } from "../paths.js";
import type { BuildOptions, BuildRequest } from "../../../src/index.js";

/**
 * Builds as a server would that has Gantry in its own process, and writes the longest time in milliseconds between two
 * turns of its event loop: `node build-in-process.js FILE REQUEST OPTIONS`, the last two as JSON. Loading the library
 * is over by then, as it is when a server has started; what a build loads itself counts.
 */
const [file = "", request = "", options = ""] = process.argv.slice(2);
const { build } = (await import(libraryEntry)) as typeof import("../../../src/index.js");
// A block that begins between two samples is seen with up to one interval on top.
const delay = monitorEventLoopDelay({ resolution: 2 });
await wait(100);
delay.enable();
await build(JSON.parse(request) as BuildRequest, JSON.parse(options) as BuildOptions);
delay.disable();
writeFileSync(file, String(delay.max / 1e6));
