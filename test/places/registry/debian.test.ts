import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { startTokenServer } from "../../support/token-server.js";
import { noDebianRegistry, startDebianRegistry } from "./debian-registry.js";
import { image, index, layer } from "./images.js";
import { assertReadable, openSession, push } from "./setup.js";

const skip = noDebianRegistry;

test("an image pushed to docker-registry is read back byte for byte", { skip }, async (t) => {
  const registry = await startDebianRegistry(t);
  const root = image([layer("a", 3_000_000), layer("b", 0)]);
  const staged = await openSession(t)
    .destination(registry)
    .stage(root, [`${registry}/app:1`]);
  const published = await staged.publish();
  assert.deepEqual(published, [{ name: `${registry}/app:1`, digest: root.descriptor.digest }]);
  await assertReadable(openSession(t), root, `${registry}/app:1`);
});

test(
  "an index goes to several repositories and tags of docker-registry, each blob opened once",
  { skip },
  async (t) => {
    const registry = await startDebianRegistry(t);
    const layers = [layer("a", 200_000), layer("b", 200_000)];
    const root = index([image(layers), image([layers[0]!], "arm64")]);
    const session = openSession(t);
    const names = [`${registry}/one:1`, `${registry}/one:2`, `${registry}/team/two:1`, `${registry}/three`];
    await push(session, root, names);
    assert.deepEqual(
      layers.map(({ opened }) => opened),
      [1, 1],
    );
    for (const name of names) await assertReadable(openSession(t), root, name);
  },
);

test(
  "docker-registry with passwords accepts the right one and refuses the wrong one with advice",
  { skip },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "gantry-htpasswd-"));
    t.after(() => rm(folder, { recursive: true }));
    // bcrypt of "open sesame"
    await writeFile(
      join(folder, "htpasswd"),
      "ali:$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n",
    );
    const registry = await startDebianRegistry(t, {
      auth: `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}\n`,
    });
    const root = image([layer("a")]);
    const right = openSession(t, { credentials: () => ({ username: "ali", password: "open sesame" }) });
    await push(right, root, [`${registry}/app:1`]);
    await assertReadable(right, root, `${registry}/app:1`);

    const wrong = openSession(t, { credentials: () => ({ username: "ali", password: "canary-secret" }) });
    await assert.rejects(push(wrong, root, [`${registry}/app:1`]), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_UNAUTHORIZED");
      assert.match(error.message, /credentials are those of the caller/);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
    await assert.rejects(push(openSession(t), root, [`${registry}/app:1`]), /gantry login 127\.0\.0\.1/);
  },
);

test(
  "docker-registry with a token server: push, mount and read with tokens it verifies",
  { skip },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "gantry-token-"));
    t.after(() => rm(folder, { recursive: true }));
    const [keyFile, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2"];
    execFileSync("openssl", [...request, "-keyout", keyFile, "-out", certificate], { stdio: "ignore" });
    const key = createPrivateKey(await readFile(keyFile));
    const tokens = await startTokenServer({
      users: { ali: { password: "pw", grants: { "*": ["pull", "push"] } } },
      key,
      lifetime: 300,
    });
    t.after(() => tokens.close());
    const registry = await startDebianRegistry(t, {
      auth: `auth: {token: {realm: "${tokens.realm}", service: ${tokens.service}, issuer: test-issuer, rootcertbundle: ${certificate}}}\n`,
    });
    const layers = [layer("a", 300_000), layer("b", 10_000)];
    const root = image(layers);
    const session = openSession(t, { credentials: () => ({ username: "ali", password: "pw" }) });
    await push(session, root, [`${registry}/one:1`, `${registry}/two:1`]);
    assert.deepEqual(
      layers.map(({ opened }) => opened),
      [1, 1],
    );
    await assertReadable(session, root, `${registry}/two:1`);
  },
);
