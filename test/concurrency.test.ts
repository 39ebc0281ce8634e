import assert from "node:assert/strict";
import test from "node:test";
import { abortable } from "../src/concurrency.js";

test("a flight that fails after everyone has given up is no unhandled rejection", async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  t.after(() => process.off("unhandledRejection", note));
  const flight = new Promise<never>((_, reject) => setImmediate(() => reject(new Error("late"))));
  await assert.rejects(abortable(flight, AbortSignal.abort(new Error("enough"))), /enough/);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(unhandled, []);
});
