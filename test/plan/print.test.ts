import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { planRequest } from "../../src/frontends/spec/plan.js";
import { formatPlan } from "../../src/plan/print.js";
import { fakeWorld, folderOf } from "../frontends/spec/world.js";

test("a plan prints as a tree of all that decides the image", async (t) => {
  const folder = folderOf(t, { main: "hello" });
  const world = fakeWorld({ reference: "docker.io/library/debian:12", env: { SOURCE_DATE_EPOCH: "5" } });
  const plan = await planRequest(
    {
      tags: ["localhost:5000/app:1"],
      base: "debian:12",
      files: { "/app": { source: "main", mode: "0755", owner: "1:2" }, "/note": { content: "secret" } },
      env: { A: "1" },
      annotations: { a: "1", "index:b": "2" },
    },
    world,
    { contextRoot: folder },
  );
  const printed = {
    name: "app",
    tags: ["localhost:5000/app:1"],
    index: true,
    indexAnnotations: { b: "2" },
    images: [
      {
        platform: "linux/amd64",
        base: {
          name: "debian:12",
          reference: "docker.io/library/debian:12",
          digest: `sha256:${"0".repeat(64)}`,
          layers: 0,
        },
        layers: [
          {
            createdBy: "files /app, /note",
            size: 11,
            entries: [
              {
                path: "/app",
                type: "file",
                mode: "0755",
                owner: "1:2",
                mtime: 5,
                size: 5,
                source: join(folder, "main"),
              },
              {
                path: "/note",
                type: "file",
                mode: "0644",
                owner: "0:0",
                mtime: 5,
                size: 6,
                source: "(inline)",
              },
            ],
          },
        ],
        config: { created: "1970-01-01T00:00:05Z", Env: ["A=1"] },
        changes: ["ENV A=1"],
        annotations: { a: "1" },
      },
    ],
  };
  assert.deepEqual(formatPlan(plan), printed);
  assert.deepEqual(JSON.parse(JSON.stringify(formatPlan(plan))), printed);
});

test("an image on nothing says scratch", async () => {
  const plan = await planRequest({}, fakeWorld(), { contextRoot: "/" });
  assert.deepEqual(formatPlan(plan), {
    name: "image",
    tags: [],
    index: false,
    images: [
      {
        platform: "linux/amd64",
        base: "scratch",
        layers: [],
        config: { created: "1970-01-01T00:00:00Z" },
        changes: [],
      },
    ],
  });
});
