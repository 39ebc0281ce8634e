import type { Command } from "commander";
import { addTrustFlags, collectList, registryOptions, type RegistryFlags } from "../flags.js";
import type { Api, Terminal } from "../terminal.js";
import { printable } from "../text.js";

interface LoginFlags extends RegistryFlags {
  readonly username?: string;
  readonly passwordStdin?: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      "Checks a user name and password with a registry and stores them where docker does:\n" +
        "in its credential helper, or in ~/.docker/config.json.",
    )
    .argument("[registry]", "the registry's host, with its port if it has one", "docker.io")
    .option("-u, --username <name>", "the user")
    .option("--password-stdin", "read the password or token from stdin");
  command
    .option(
      "--insecure <host>",
      "speak http, or https without checking certificates, with this registry",
      collectList,
    )
    .option("--authfile <file>", "store them in this file instead");
  addTrustFlags(command)
    .addHelpText("after", examples)
    .action(async (registry: string, flags: LoginFlags) => {
      const api = await terminal.api();
      const { username, password } = await askCredentials(registry, flags, terminal, api);
      const { system, signal } = terminal;
      const { storedIn, checked } = await api.login({
        ...registryOptions(flags),
        registry,
        username,
        password,
        system,
        signal,
      });
      if (!checked)
        terminal.stderr.write(
          printable(`warning: ${registry} asked for no credentials, so these could not be checked`) + "\n",
        );
      terminal.stderr.write(
        printable(`Logged in to ${registry} as ${username}; stored in ${storedIn}`) + "\n",
      );
    });
}

async function askCredentials(
  registry: string,
  flags: LoginFlags,
  { stdin, stderr }: Terminal,
  { GantryError }: Api,
) {
  const needed = (what: string) => new GantryError("ERR_GANTRY_USAGE", what);
  if (flags.passwordStdin === true && flags.username === undefined) {
    throw needed("--password-stdin needs --username: stdin holds only the password");
  }
  if (flags.passwordStdin !== true && !stdin.isTTY) {
    throw needed("stdin is no terminal to ask for a password at: give --username NAME --password-stdin");
  }
  const username = flags.username ?? (await ask(`User name for ${registry}: `, stdin.readLine));
  const password =
    flags.passwordStdin === true
      ? (await stdin.readAll()).replace(/\r?\n$/, "")
      : await ask("Password: ", stdin.readSecret);
  if (username.trim() === "") throw needed("the user name is empty");
  if (password === "") throw needed("the password is empty");
  return { username: username.trim(), password };

  function ask(prompt: string, read: () => Promise<string>): Promise<string> {
    stderr.write(printable(prompt));
    return read();
  }
}

const examples = `
Examples:
  gantry login ghcr.io
  echo "$TOKEN" | gantry login ghcr.io --username me --password-stdin`;
