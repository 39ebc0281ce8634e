import type { GantryEvent } from "../../index.js";

/** A reader of the event stream that writes progress. Clock and output are given to it, `tick` is called now and then. */
export interface Renderer {
  onEvent(event: GantryEvent): void;
  tick(): void;
  /** Leaves the output in a clean state; nothing is written after it. */
  close(): void;
}
