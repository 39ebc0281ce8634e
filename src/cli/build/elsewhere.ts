import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { GantryError } from "../../index.js";
import type { BuildOptions, DockerfileRequest } from "../../index.js";
import type { BuildFlags } from "../commands/build.js";
import type { Api, Terminal } from "../terminal.js";

/** A Dockerfile that is not a file of a context folder, and what the image is called after. */
interface Elsewhere {
  readonly dockerfile: DockerfileRequest["dockerfile"];
  readonly name: string;
}

/**
 * What a Dockerfile on standard input (`-f -`), or a context that is no folder, means; undefined where there is
 * neither. A context elsewhere is described by its own Dockerfile, which -f names in it.
 */
export async function readElsewhere(
  context: string,
  { base, config, file }: BuildFlags,
  {
    terminal: { system, stdin },
    api,
  }: { readonly terminal: Pick<Terminal, "system" | "stdin">; readonly api: Api },
): Promise<Elsewhere | undefined> {
  const isStreamed = context === "-";
  const isRemote = isStreamed || (mayBeRemote(context) && api.isRemoteContext(context));
  if (!isRemote && file !== "-") return undefined;
  const what = isRemote ? "a context that is no folder" : "-f -";
  if (base !== undefined)
    throw usage(`${what} is for a Dockerfile, and --base makes the flags the whole request`);
  if (config !== undefined) throw usage(`${what} is for a Dockerfile, and --config names a spec file`);
  if (isStreamed && file === "-")
    throw usage("invalid argument: can't use stdin for both build context and dockerfile");
  if ((isStreamed || file === "-") && stdin.isTTY)
    throw usage(
      `standard input is a terminal: pipe ${isStreamed ? "a tar or a Dockerfile" : "the Dockerfile"} into it`,
    );
  const name = isStreamed ? "image" : isRemote ? nameIn(context) : resolve(system.cwd, context);
  return {
    name,
    dockerfile: file === "-" ? { text: await readDockerfile(stdin, api) } : (file ?? "Dockerfile"),
  };
}

async function readDockerfile(stdin: Terminal["stdin"], { archiveKind }: Api): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin.bytes()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const kind = archiveKind(bytes);
  if (kind === undefined) return bytes.toString("utf8");
  throw usage(
    `standard input is an archive (${kind}), expected a Dockerfile; to build from a tar: gantry build - < FILE`,
  );
}

/** A repository that is written as docker lets it, `github.com/me/app`, by its URL, unless a folder has that name. */
export function withProtocol(context: string, { cwd }: Terminal["system"]): string {
  const [, repository, rest = ""] = /^(github\.com\/[^?#]+?)(?:\.git)?([?#][^]*)?$/.exec(context) ?? [];
  return repository === undefined || existsSync(resolve(cwd, context))
    ? context
    : `https://${repository}.git${rest}`;
}

/** The context as the library takes it. */
export function contextOf(context: string, { stdin }: Pick<Terminal, "stdin">): BuildOptions["context"] {
  return context === "-" ? stdin.bytes() : context;
}

/** Whether it is worth asking whether a text names something elsewhere. */
export function mayBeRemote(text: string): boolean {
  return /^(?:https?|git|ssh):\/\//i.test(text) || /^[\w-]+@[^/]+:/.test(text);
}

/** "app" of `https://host/me/app.git#main`. */
function nameIn(url: string): string {
  return basename(url.replace(/[?#][^]*$/, "")).replace(/\.(?:git|tar|tgz|tar\.\w+)$/, "");
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
