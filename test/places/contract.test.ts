import { join } from "node:path";
import { readArchive, writeArchive } from "../../src/places/archive/archive.js";
import { readDockerArchive } from "../../src/places/docker-archive/read.js";
import { writeDockerArchive } from "../../src/places/docker-archive/write.js";
import { openLayout } from "../../src/places/layout/layout.js";
import { openRegistrySession } from "../../src/places/registry/session.js";
import { openStore } from "../../src/places/store.js";
import { parseReference } from "../../src/model/reference.js";
import { createRegistry } from "../../src/server/registry.js";
import { nodeSystem } from "../../src/system.js";
import { testPlace } from "../support/place-contract.js";
import { scratchFolder, token } from "../support/scratch-folder.js";

const same = (...names: readonly string[]) => names.map((name) => ({ write: name, read: name }));

testPlace(
  "layout",
  async (t) => {
    const dir = join(await scratchFolder(t), "out");
    return {
      destination: openLayout(dir, { token }),
      source: async () => openLayout(dir, { token }),
      names: same("1", "latest"),
    };
  },
  { indexes: true },
);

testPlace(
  "store",
  async (t) => {
    const dir = join(await scratchFolder(t), "store");
    const names = [
      { write: "app:1", read: "docker.io/library/app:1" },
      { write: "localhost:5000/app:latest", read: "localhost:5000/app" },
    ];
    return { destination: openStore(dir, { token }), source: async () => openStore(dir, { token }), names };
  },
  { indexes: true },
);

testPlace(
  "archive",
  async (t) => {
    const file = join(await scratchFolder(t), "out.tar");
    return {
      destination: writeArchive({ file, token }),
      source: () => readArchive(file),
      names: same("1", "latest"),
    };
  },
  { indexes: true },
);

testPlace(
  "docker archive",
  async (t) => {
    const file = join(await scratchFolder(t), "out.tar");
    const names = [
      { write: "docker.io/library/app:1", read: "app:1" },
      { write: "localhost:5000/app", read: "localhost:5000/app:latest" },
    ];
    return { destination: writeDockerArchive({ file, token }), source: () => readDockerArchive(file), names };
  },
  { indexes: false },
);

testPlace(
  "registry",
  async (t) => {
    const server = await createRegistry();
    t.after(() => server.close());
    const session = openRegistrySession({ system: nodeSystem() });
    t.after(() => session.close());
    const names = ["1", "2"].map((tag) => ({ write: `${server.host}/team/app:${tag}`, read: tag }));
    return {
      destination: session.destination(server.host),
      source: async () => session.source(parseReference(names[0]!.write)),
      names,
    };
  },
  { indexes: true },
);
