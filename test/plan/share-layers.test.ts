import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, plan } from "../../src/index.js";
import { scratchFolder } from "../support/scratch-folder.js";
import type { GantryEvent } from "../../src/index.js";

const platforms = ["linux/amd64", "linux/arm64"];

test("a layer that two platforms have is one, and is packed once", async (t) => {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(join(context, "d"), { recursive: true });
  writeFileSync(join(context, "d", "f"), "same");
  for (const name of ["amd64", "arm64"]) writeFileSync(join(context, name), name);
  const lines = ["FROM scratch", "ARG TARGETARCH", "COPY d <<E /d/", "$0", "E", "COPY $TARGETARCH /program"];
  writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  const request = { name: "two", dockerfile: "Dockerfile", platforms };
  const options = { context, cacheDir: join(folder, "cache") };
  const [planned] = await plan(request, options);
  const [amd64, arm64] = planned!.images;
  assert.equal(amd64!.layers[0]!.entries, arm64!.layers[0]!.entries);
  assert.notEqual(amd64!.layers[1]!.entries, arm64!.layers[1]!.entries);
  const packed: string[] = [];
  const onEvent = (event: GantryEvent) => {
    if (event.type === "step-start" && event.kind === "layer") packed.push(event.name);
  };
  const outputs = [{ type: "oci", dest: join(folder, "out") }] as const;
  await build(request, { ...options, outputs, compression: "gzip", onEvent });
  assert.equal(packed.length, 3, packed.join("\n"));
});
