import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { imageOf, nodeSystem, openPlace, readArtifact } from "../../src/index.js";
import { machinePlatform } from "../../src/model/platform.js";
import { createRegistry } from "../../src/registry.js";
import { fetchPrograms } from "./programs.js";
import { fetchPageFrom, findChroot, unpack } from "./run-image.js";
import { verifyEverything } from "./verify.js";

/** `npm run demo`: a real image for two platforms, from files to a page fetched from it. */
const folder = await mkdtemp(join(tmpdir(), "gantry-demo-"));
const registry = await createRegistry();
process.env.GANTRY_CACHE_DIR = join(folder, "cache");
try {
  await demo();
} finally {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
}

async function demo(): Promise<void> {
  say("1. Fetch one real static web server (esbuild) for two platforms, by npm, checked by its integrity");
  const architectures = await fetchPrograms(join(folder, "bin"));
  await writeSpec(architectures);
  const tags = [`${registry.host}/demo/web:1`, `${registry.host}/mirror/web:1`];

  // A registry on this machine would get plain tars; gzip is what one elsewhere gets.
  const flags = ["--push", "--compression", "gzip", ...tags.flatMap((tag) => ["-t", tag])];

  say("2. Build it for both and push it to two repositories of a registry that runs in this process");
  await gantry("build", folder, ...flags, "--timings");

  say("3. What is there now");
  await gantry("inspect", tags[0]!);

  say("4. Read everything back from both repositories and verify every digest");
  for (const tag of tags) {
    const { blobs, bytes } = await verifyEverything(tag);
    console.log(`${tag}: ${blobs} digests verified, ${(bytes / 1e6).toFixed(1)} MB`);
  }

  say("5. Build and push again: nothing has changed, so nothing is compressed and no blob is sent");
  await gantry("build", folder, ...flags);

  say("6. Run it");
  await runIt(tags[0]!);
}

async function writeSpec(architectures: readonly string[]): Promise<void> {
  await mkdir(join(folder, "site"));
  await writeFile(join(folder, "site", "index.html"), "<h1>Hello from an image that Gantry built</h1>\n");
  const spec = {
    name: "web",
    platforms: architectures.map((architecture) => `linux/${architecture}`),
    layers: [
      { name: "program", files: { "/bin/web": "bin/${TARGETARCH}/web" } },
      { name: "site", files: { "/site": "site" } },
    ],
    entrypoint: ["/bin/web", "--serve=127.0.0.1:0", "--servedir=/site"],
    labels: { "org.opencontainers.image.title": "web for ${TARGETPLATFORM}" },
  };
  await writeFile(join(folder, "gantry.config.json"), JSON.stringify(spec, undefined, 2));
}

async function runIt(tag: string): Promise<void> {
  const system = nodeSystem();
  const chroot = system.platform === "linux" ? findChroot() : undefined;
  if (chroot === undefined)
    return console.log("This machine allows no chroot: that is the one step left out.");
  await using place = await openPlace(tag);
  const image = await imageOf(await readArtifact(await place.source(), place.name), machinePlatform(system));
  const root = join(folder, "root");
  await unpack(image, root);
  process.stdout.write(await fetchPageFrom(image, root, chroot));
}

/** Runs the command line as a user would, on this terminal. */
function gantry(...args: readonly string[]): Promise<void> {
  console.log(`$ gantry ${args.join(" ").replaceAll(folder, ".")}`);
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`gantry ${args[0]} ended with ${code}`)),
    );
  });
}

function say(line: string): void {
  console.log(`\n${line}\n`);
}
