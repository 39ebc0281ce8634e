import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inspection, OutputResult } from "../../../src/index.js";
import type { Api } from "../../../src/cli/terminal.js";
import { runFake } from "../fake-terminal.js";

const digest = `sha256:${"a".repeat(64)}` as const;
const descriptor = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 7 };

/** Remembers with what it was called, without what every call gets. */
function recorder<T>(result: T) {
  const calls: unknown[][] = [];
  const call = (...given: unknown[]) => {
    calls.push(given.map((value) => (isOptions(value) ? withoutWorld(value) : value)));
    return Promise.resolve(result);
  };
  return { calls, call: call as never };
}

function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && "signal" in value;
}

function withoutWorld(options: Record<string, unknown>): Record<string, unknown> {
  const world = ["system", "signal", "onEvent"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !world.includes(name)));
}

function delivered(...names: readonly string[]) {
  const outputs: readonly OutputResult[] = names.map((name) => ({
    type: name.startsWith("oci:") ? "oci" : "registry",
    label: name,
    status: "done",
    published: [{ name, digest }],
  }));
  return { digest, descriptor, outputs, published: outputs.flatMap(({ published }) => published) };
}

test("copy takes one source and any number of destinations, and prints what was pushed", async () => {
  const { calls, call } = recorder(delivered("localhost:5000/app:1", "oci:out"));
  const ran = await runFake(
    "copy --platform linux/arm64 --insecure r.example debian:12 localhost:5000/app:1 oci:out".split(" "),
    { api: { copy: call } },
  );
  assert.deepEqual(calls, [
    ["debian:12", ["localhost:5000/app:1", "oci:out"], { platform: "linux/arm64", insecure: ["r.example"] }],
  ]);
  assert.deepEqual(ran, { status: 0, stdout: `localhost:5000/app@${digest}\n`, stderr: "" });
});

test("a copy that goes to no registry prints the digest", async () => {
  const { stdout } = await runFake(["copy", "a", "oci:out"], {
    api: { copy: recorder(delivered("oci:out")).call },
  });
  assert.equal(stdout, `${digest}\n`);
});

test("index create joins references under every tag", async () => {
  const { calls, call } = recorder(delivered("r/app:1"));
  const ran = await runFake(
    "index create -t r/app:1 -t r/app:2 --annotation a=b r/app:x r/app:y".split(" "),
    { api: { createIndex: call } },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(calls, [
    [{ tags: ["r/app:1", "r/app:2"], from: ["r/app:x", "r/app:y"], annotations: { a: "b" } }],
  ]);
});

test("push takes the names that follow, or leaves it to the image's own", async () => {
  const { calls, call } = recorder(delivered("r/app:1"));
  await runFake(["push", "app", "r/app:1", "r/app:2"], { api: { push: call } });
  await runFake(["push", "r/app:1"], { api: { push: call } });
  assert.deepEqual(calls, [
    ["app", ["r/app:1", "r/app:2"], {}],
    ["r/app:1", [], {}],
  ]);
});

const inspection: Inspection = {
  name: "localhost:5000/app:1",
  kind: "index",
  descriptor: { ...descriptor, mediaType: "application/vnd.oci.image.index.v1+json" },
  bytes: Buffer.from('{"schemaVersion":2}'),
  annotations: { note: "one\nline" },
  manifests: [
    {
      kind: "image",
      descriptor,
      bytes: Buffer.from('{"schemaVersion":2}\n'),
      platform: { os: "linux", architecture: "arm", variant: "v7" },
      config: {
        os: "linux",
        architecture: "arm",
        created: "1970-01-01T00:00:00Z",
        config: {
          User: "1000",
          Entrypoint: ["/app/x", "-v"],
          Env: ["A=1", "B=2"],
          ExposedPorts: { "80/tcp": {} },
          Labels: { l: "v" },
        },
        rootfs: { type: "layers", diff_ids: [digest] },
        history: [{ created_by: "files /app" }, { created_by: "ENV A=1", empty_layer: true }],
      },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest,
          size: 12_300_000,
          diffId: digest,
        },
      ],
    },
  ],
};

test("inspect prints a tree of index, images, configuration and layers", async () => {
  const { stdout } = await runFake(["inspect", "x"], { api: { inspect: recorder(inspection).call } });
  assert.deepEqual(stdout.split("\n"), [
    "localhost:5000/app:1",
    `index  ${digest}  1 manifest, oci`,
    "  annotation  note=one?line",
    "",
    `  image linux/arm/v7  ${digest}  1 layer, 12 MB, oci`,
    "    created     1970-01-01T00:00:00Z",
    "    user        1000",
    '    entrypoint  ["/app/x","-v"]',
    "    ports       80/tcp",
    "    env         A=1",
    "    env         B=2",
    "    label       l=v",
    `    layer ${digest}    12 MB  gzip  files /app`,
    "",
  ]);
});

test("inspect --json is the same as data, --raw the manifest byte for byte, and not both", async () => {
  const api = { inspect: recorder(inspection).call };
  const json = JSON.parse((await runFake(["inspect", "x", "--json"], { api })).stdout) as Record<
    string,
    unknown
  >;
  assert.deepEqual(json.manifest, { schemaVersion: 2 });
  assert.equal("bytes" in json, false);
  assert.equal((await runFake(["inspect", "x", "--raw"], { api })).stdout, '{"schemaVersion":2}');
  assert.equal((await runFake(["inspect", "x", "--raw", "--json"], { api })).status, 2);
});

test("images ls prints a table or JSON, and says what an empty store is", async () => {
  const images = [{ name: "app:1", descriptor, size: 3200, platforms: ["linux/amd64", "linux/arm64"] }];
  const api = { listImages: recorder(images).call };
  const { stdout } = await runFake(["images", "ls"], { api });
  assert.match(
    stdout,
    /^NAME +DIGEST +SIZE +PLATFORMS\napp:1 +sha256:a+ +3\.2 kB +linux\/amd64,linux\/arm64\n$/,
  );
  assert.deepEqual(JSON.parse((await runFake(["images", "ls", "--json"], { api })).stdout), images);
  const empty = await runFake(["images", "ls"], { api: { listImages: recorder([]).call } });
  assert.deepEqual([empty.status, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /local store is empty/);
});

test("images rm prints what the removed names stood for", async () => {
  const { calls, call } = recorder([
    { name: "a:1", descriptor },
    { name: "b:1", descriptor },
  ]);
  const { stdout } = await runFake(["images", "rm", "a:1", "b:1"], { api: { removeImages: call } });
  assert.deepEqual(calls, [[["a:1", "b:1"], {}]]);
  assert.equal(stdout, `a:1@${digest}\nb:1@${digest}\n`);
});

test("cache verify ends with 1 where a blob is damaged or missing, and names it", async () => {
  const verified = (corrupt: readonly string[]) => ({
    verifyCache: recorder({ blobs: 3, bytes: 3000, corrupt, missing: [] }).call,
  });
  const whole = await runFake(["cache", "verify"], { api: verified([]) });
  assert.deepEqual(whole, { status: 0, stdout: "", stderr: "3 blobs checked (3.0 kB), all are whole\n" });
  const damaged = await runFake(["cache", "verify"], { api: verified([digest]) });
  assert.equal(damaged.status, 1);
  assert.equal(damaged.stdout, `${digest}  damaged\n`);
});

test("cache ls and prune say what there is and what went", async () => {
  const api: Partial<Api> = {
    listCache: recorder({ folder: "/cache", blobs: [{ digest, size: 1000 }], size: 1000, records: 2 }).call,
    pruneCache: recorder({ blobs: 1, bytes: 1000, records: 2, recentBlobs: 3, recentBytes: 2000 }).call,
  };
  const listed = await runFake(["cache", "ls"], { api });
  assert.match(listed.stdout, /^DIGEST +SIZE\nsha256:a+ +1\.0 kB\n$/);
  assert.equal(listed.stderr, "1 blob (1.0 kB) and 2 layer records in /cache\n");
  assert.equal(
    (await runFake(["cache", "prune"], { api })).stderr,
    "Removed 1 blob (1.0 kB) and 2 layer records\n" +
      "Kept 3 blobs (2.0 kB) used within the last day; --all removes them too\n",
  );
});

test("login takes a password from stdin, or asks for it at a terminal", async () => {
  const { calls, call } = recorder({ storedIn: "/home/me/.docker/config.json", checked: true });
  const api = { login: call };
  const piped = await runFake("login ghcr.io -u me --password-stdin".split(" "), { api, stdin: "se:cret\n" });
  assert.deepEqual(piped, {
    status: 0,
    stdout: "",
    stderr: "Logged in to ghcr.io as me; stored in /home/me/.docker/config.json\n",
  });
  const typed = await runFake(["login"], { api, stdin: "me\nother", isTTY: true });
  assert.match(typed.stderr, /^User name for docker\.io: Password: Logged in/);
  assert.deepEqual(calls, [
    [{ registry: "ghcr.io", username: "me", password: "se:cret" }],
    [{ registry: "docker.io", username: "me", password: "other" }],
  ]);
});

test("login refuses what cannot be asked for, and warns where nothing was checked", async () => {
  const api = { login: recorder({ storedIn: "f", checked: false }).call };
  assert.match(
    (await runFake(["login", "--password-stdin"], { api, stdin: "x" })).stderr,
    /needs --username/,
  );
  assert.match((await runFake(["login"], { api })).stderr, /no terminal to ask/);
  assert.equal((await runFake("login -u me --password-stdin".split(" "), { api, stdin: "" })).status, 2);
  assert.match(
    (await runFake("login -u me --password-stdin".split(" "), { api, stdin: "x" })).stderr,
    /could not be checked/,
  );
});

test("logout says whether there was anything to forget", async () => {
  assert.equal(
    (await runFake(["logout", "ghcr.io"], { api: { logout: recorder(true).call } })).stderr,
    "Logged out of ghcr.io\n",
  );
  assert.match(
    (await runFake(["logout"], { api: { logout: recorder(false).call } })).stderr,
    /no credentials for docker\.io/,
  );
});

test("registry serve prints its address, runs until the interrupt and closes", async () => {
  const interrupt = new AbortController();
  const asked: unknown[] = [];
  let closed = false;
  const createRegistry = async (options: unknown) => {
    asked.push(options);
    setImmediate(() => interrupt.abort());
    return {
      host: "127.0.0.1:40123",
      url: "http://127.0.0.1:40123",
      port: 40123,
      close: async () => void (closed = true),
    };
  };
  const ran = await runFake(["registry", "serve", "--dir", "d"], {
    api: { createRegistry },
    signal: interrupt.signal,
  });
  assert.deepEqual(asked, [{ host: "127.0.0.1", port: 0, dir: "d" }]);
  assert.equal(ran.stdout, "127.0.0.1:40123\n");
  assert.deepEqual([ran.status, closed], [0, true]);
});

test("a registry that other machines can reach says so", async () => {
  const interrupt = new AbortController();
  interrupt.abort();
  const createRegistry = async () => ({ host: "0.0.0.0:1", url: "", port: 1, close: async () => undefined });
  const { stderr } = await runFake(["registry", "serve", "--addr", "0.0.0.0:0"], {
    api: { createRegistry },
    signal: interrupt.signal,
  });
  assert.match(stderr, /^warning: 0\.0\.0\.0 can be reached from other machines/);
});
