import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "../../../src/index.js";
import { parsePlatform } from "../../../src/model/platform.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { archiveOf } from "../../tar/archive.js";
import { writeContext } from "./cases/context.js";
import { outcomeOf } from "./outcome.js";

const tar = archiveOf(
  { path: "bin", type: "symlink", linkTarget: "usr/bin" },
  { path: "etc", type: "directory", mode: 0o755 },
  { path: "etc/passwd", body: "root:x:0:0::/:/\napp:x:1234:5678::/:/\n" },
  { path: "usr/bin", type: "directory", mode: 0o755 },
);

/** The tar as zstd -19 packs it: Node 20 cannot. */
const packed = Buffer.from(
  "KLUv/QRofQQAwkUSEaBvYKGH/w0AlJP6Wqkg8GIK57wP0QmdV6aQMecCQgnlKisrJfXQxckbh2td80P7Qcj/kWj2tXvTZesVtF4SmqAxhrcxxztCFhgg0KqEEoMO/anAmFVVDBjKZieza0AxHCYlQKxABIMKgzQ8gBS6rtZujCEXBkyTxFSAMYMB0mkSmvL8wAMYNMB6elmINwGn",
  "base64",
);

test("a base whose layer is packed with zstd is built on, whatever this Node has: its users and symlinks count", async (t) => {
  const folder = await scratchFolder(t);
  writeLayout(join(folder, "base"));
  const context = join(folder, "context");
  mkdirSync(context);
  writeContext(context, {
    name: "zstd",
    dockerfile: "FROM base\nCOPY --chown=app tool /bin/\nCOPY --from=base /etc/passwd /copy\n",
    files: { tool: "t" },
  });
  const layout = join(folder, "layout");
  await build(
    {
      name: "case",
      dockerfile: "Dockerfile",
      contexts: { base: `oci-layout://${join(folder, "base")}` },
      platforms: ["linux/amd64"],
    },
    { context, cacheDir: join(folder, "cache"), outputs: [{ type: "oci", dest: layout }] },
  );
  const { files } = await outcomeOf(layout, parsePlatform("linux/amd64"));
  assert.deepEqual(
    files.map((line) => line.split(" ").slice(0, 5).join(" ")),
    [
      "/bin symlink -> usr/bin",
      "/copy file 0644 0:0 37",
      "/etc directory 0755 0:0",
      "/etc/passwd file 0644 0:0 37",
      "/usr/bin directory 0755 0:0",
      "/usr/bin/tool file 0644 1234:5678 1",
    ],
  );
});

/** By hand: an image of the one layer. */
function writeLayout(folder: string): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Uint8Array, mediaType: string) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hex), bytes);
    return {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: `sha256:${hex}`,
      size: bytes.length,
    };
  };
  const json = (document: object, mediaType: string) => put(Buffer.from(JSON.stringify(document)), mediaType);
  const diffId = `sha256:${createHash("sha256").update(tar).digest("hex")}`;
  const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [diffId] } };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: json(config, "config.v1+json"),
    layers: [put(packed, "layer.v1.tar+zstd")],
  };
  const root = json(manifest, "manifest.v1+json");
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [root] }));
}
