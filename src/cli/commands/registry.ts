import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Terminal } from "../terminal.js";
import { formatBytes, printable } from "../text.js";

interface ServeFlags {
  readonly addr: Address;
  readonly dir?: string;
  readonly htpasswd?: string;
  readonly log?: boolean;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export function define(registry: Command, terminal: Terminal): void {
  registry.description("A registry in the box: pull, push, mount, delete, tags and referrers.");
  const command = registry.command("serve").summary("run a registry until ctrl-C");
  command
    .description(
      "Runs a registry until ctrl-C and prints its address. Without --dir it keeps everything in memory.",
    )
    .option("--addr <host:port>", "where to listen; port 0 takes a free one", parseAddress, {
      host: "127.0.0.1",
      port: 0,
    })
    .option("--dir <folder>", "keep blobs and tags here")
    .option(
      "--htpasswd <file>",
      "ask everybody for a user and password of this file (bcrypt, as htpasswd -B writes it)",
    )
    .option("--log", "write a line for each request to stderr");
  // The default is an object for the program and a word for the reader.
  command.options
    .find(({ long }) => long === "--addr")
    ?.default({ host: "127.0.0.1", port: 0 }, "127.0.0.1:0");
  command.addHelpText("after", examples).action((flags: ServeFlags) => serve(flags, terminal));
  registry
    .command("gc")
    .summary("remove blobs that nothing references")
    .description(
      "Removes blobs that no manifest references from a registry's folder. A server may be running on it and pushes be going on: what was pushed, mounted or asked for within the last day stays.",
    )
    .argument("<folder>", "what --dir of gantry registry serve names")
    .option("--all", "remove also what is younger than a day: while nobody is pushing")
    .option("--dry-run", "only say what would go")
    .action((folder: string, flags: CollectFlags) => collect(folder, flags, terminal));
}

interface CollectFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

async function collect(
  folder: string,
  { all, dryRun }: CollectFlags,
  { api, stdout, system, signal }: Terminal,
): Promise<void> {
  const { collectGarbage, GantryError } = await api();
  const { resolve } = await import("node:path");
  const { access } = await import("node:fs/promises");
  const dir = resolve(system.cwd, folder);
  await access(`${dir}/repositories`).catch(() => {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${folder} is not a registry's folder: it has no "repositories"; give what --dir of gantry registry serve names`,
    );
  });
  const lease = all === true ? { lease: 0 } : {};
  const found = await collectGarbage(dir, { ...lease, dryRun, system, signal });
  const verb = dryRun === true ? "Would remove" : "Removed";
  stdout.write(`${verb} ${count(found.blobs)}, ${formatBytes(found.bytes)}.\n`);
  if (found.youngBlobs > 0) {
    stdout.write(
      `${count(found.youngBlobs)}, ${formatBytes(found.youngBytes)}, younger than a day stay; --all takes them too.\n`,
    );
  }
}

function count(blobs: number): string {
  return blobs === 1 ? "1 blob" : `${blobs} blobs`;
}

async function serve(
  { addr, dir, htpasswd, log }: ServeFlags,
  { api, stdout, stderr, signal }: Terminal,
): Promise<void> {
  const { createRegistry } = await api();
  if (!isLoopback(addr.host) && htpasswd === undefined) {
    stderr.write(
      printable(
        `warning: ${addr.host} can be reached from other machines, and anyone who does may push and delete; --htpasswd asks for passwords`,
      ) + "\n",
    );
  }
  const server = await createRegistry({
    ...addr,
    ...(dir === undefined ? {} : { dir }),
    ...(htpasswd === undefined ? {} : { htpasswd }),
    ...(log === true ? { onRequest: (entry) => stderr.write(formatRequest(entry)) } : {}),
  });
  stdout.write(`${server.host}\n`);
  stderr.write(
    `Serving ${dir === undefined ? "from memory" : printable(dir)}; push with -t ${server.host}/NAME:TAG --push, stop with ctrl-C\n`,
  );
  await interrupted(signal);
  await server.close();
}

function parseAddress(text: string): Address {
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/s.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "" || Number(port) > 65535)
    throw new InvalidArgumentError("expected HOST:PORT, as in 127.0.0.1:5000");
  return { host: bare, port: Number(port) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function formatRequest(entry: {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}): string {
  const { method, path, status, bytesIn, bytesOut } = entry;
  return (
    printable(`${status} ${method} ${path}  in ${formatBytes(bytesIn)}, out ${formatBytes(bytesOut)}`) + "\n"
  );
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

const examples = `
Examples:
  gantry registry serve --addr 127.0.0.1:5000 --dir ./registry
  gantry build --base scratch --add ./site:/site -t 127.0.0.1:5000/site:1 --push`;
