import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";

/** docs/cli.md of this repository; the compiled file is three folders down in it. */
export const referenceFile: string = fileURLToPath(new URL("../../../docs/cli.md", import.meta.url));

/** docs/cli.md as the commands would have it: every command's own help, so that the page cannot differ from the program. */
export async function formatCliReference(): Promise<string> {
  const program = await createProgram(silentTerminal());
  const sections = program.commands.filter((command) => command.name() !== "help").flatMap(leaves);
  const head =
    "# Command line\n\n" +
    "Made from the program's help by `node build/test/support/cli-reference.js`; a test compares the two.\n";
  return [head, section(program), ...sections.map(section)].join("\n");
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function section(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return `## ${pathOf(command)}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Help needs a width and nothing else of the terminal. */
function silentTerminal(): Terminal {
  const output = { write: () => undefined, isTTY: false, columns: 100, rows: undefined };
  return { stdout: output, stderr: output } as Partial<Terminal> as Terminal;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reference = await formatCliReference();
  if (reference !== read()) writeFileSync(referenceFile, reference);
}

function read(): string | undefined {
  try {
    return readFileSync(referenceFile, "utf8");
  } catch {
    return undefined;
  }
}
