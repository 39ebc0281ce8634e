import { Command } from "commander";
import type { Terminal } from "./terminal.js";

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<{ define(command: Command, terminal: Terminal): void }>;
}

const groups = { main: "Images:", store: "What is on this machine:", registries: "Registries:" } as const;

const commands: readonly CommandEntry[] = [
  {
    name: "build",
    group: groups.main,
    summary: "build images from files and push or save them",
    load: () => import("./commands/build.js"),
  },
  {
    name: "copy",
    group: groups.main,
    summary: "copy an image between registries, layouts and archives",
    load: () => import("./commands/copy.js"),
  },
  {
    name: "index",
    group: groups.main,
    summary: "join images of several platforms under one name",
    load: () => import("./commands/index-create.js"),
  },
  {
    name: "inspect",
    group: groups.main,
    summary: "show what an image is made of",
    load: () => import("./commands/inspect.js"),
  },
  {
    name: "push",
    group: groups.store,
    summary: "push an image of the local store",
    load: () => import("./commands/push.js"),
  },
  {
    name: "images",
    group: groups.store,
    summary: "list or remove images of the local store",
    load: () => import("./commands/images.js"),
  },
  {
    name: "cache",
    group: groups.store,
    summary: "list, verify or prune what gantry keeps on this machine",
    load: () => import("./commands/cache.js"),
  },
  {
    name: "tags",
    group: groups.registries,
    summary: "list the tags of a repository",
    load: () => import("./commands/tags.js"),
  },
  {
    name: "referrers",
    group: groups.registries,
    summary: "list what refers to an image: signatures, SBOMs",
    load: () => import("./commands/referrers.js"),
  },
  {
    name: "login",
    group: groups.registries,
    summary: "store a user name and password for a registry",
    load: () => import("./commands/login.js"),
  },
  {
    name: "logout",
    group: groups.registries,
    summary: "remove a registry's stored credentials",
    load: () => import("./commands/logout.js"),
  },
  {
    name: "registry",
    group: groups.registries,
    summary: "run a registry on this machine",
    load: () => import("./commands/registry.js"),
  },
];

/**
 * The tree of commands. Only the one that `argv` names has its flags filled in (its module is loaded for that);
 * without `argv` all have, as the written reference needs.
 */
export async function createProgram(terminal: Terminal, argv?: readonly string[]): Promise<Command> {
  const program = new Command("gantry")
    .description(
      "Builds container images from files and pushes them to any number of registries.\nNo daemon, no root, nothing executed.",
    )
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print a command's help")
    .usage("COMMAND [options]")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(terminal.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(terminal.stderr.columns ?? 80, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addDebug(program);
  const named = argv?.find((word) => !word.startsWith("-"));
  const isKnown = commands.some(({ name }) => name === named);
  for (const { name, summary, group, load } of commands) {
    const command = program.command(name).summary(summary).helpGroup(group);
    if (isKnown && name !== named) continue;
    (await load()).define(command, terminal);
    addDebug(command);
    command.commands.forEach(addDebug);
  }
  program.addHelpText("after", '\n"gantry COMMAND --help" shows a command\'s flags and examples.');
  return program;
}

function addDebug(command: Command): void {
  command.optionsGroup("Options:").option("--debug", "show stack traces of errors");
}
