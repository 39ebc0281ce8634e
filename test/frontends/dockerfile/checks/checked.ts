import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { checkDockerfile } from "../../../../src/index.js";
import type { CheckResult, DockerfileRequest, GantryEvent } from "../../../../src/index.js";
import { scratchFolder } from "../../../support/scratch-folder.js";
import { startBase } from "../cases/base-image.js";
import type { DockerfileCase } from "../cases/case.js";
import { writeContext } from "../cases/context.js";

/** What the checks say of a Dockerfile in a context, the events on the way, and the name of its base image if it has one. */
export async function checked(
  t: TestContext,
  dockerfile: string,
  { files = {}, onBase = false, request = {} }: CheckedOptions = {},
): Promise<CheckResult & { readonly base?: string; readonly events: readonly GantryEvent[] }> {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(context);
  writeContext(context, { name: "", dockerfile, files });
  const base = onBase ? await startBase(folder) : undefined;
  if (base !== undefined) t.after(() => base.close());
  const events: GantryEvent[] = [];
  const result = await checkDockerfile(
    {
      name: "case",
      dockerfile: "Dockerfile",
      platforms: ["linux/amd64"],
      ...request,
      buildArgs: { ...request.buildArgs, ...(base === undefined ? {} : { BASE: base.name }) },
    },
    { context, cacheDir: join(folder, "cache"), onEvent: (event) => events.push(event) },
  );
  return { ...result, events, ...(base === undefined ? {} : { base: base.name }) };
}

export interface CheckedOptions {
  readonly files?: NonNullable<DockerfileCase["files"]>;
  readonly onBase?: boolean;
  readonly request?: Partial<DockerfileRequest>;
}
