import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { abortable } from "../../concurrency.js";
import { GantryError, during, suggest } from "../../errors.js";
import type { System } from "../../system.js";
import { readConfigModule } from "./config-module.js";
import { type ParsedText, parseConfigText } from "./config-text.js";
import { imageName } from "./names.js";
import type { BuildRequest, Config, PlatformOverrides } from "./request.js";
import { validateConfig } from "./schema.js";

/** A spec file that was read and checked. */
export interface LoadedConfig {
  /** Absolute. */
  readonly path: string;
  /** In the file's order; each with a name, no two the same, and an absolute `filesBase`. */
  readonly requests: readonly BuildRequest[];
}

/**
 * Reads a spec file: `file` (relative to the working directory), else the one gantry.config.{ts,mts,js,mjs,json,yaml} in the
 * context folder. Throws ERR_GANTRY_SPEC_NOT_FOUND where there is none, ERR_GANTRY_SPEC_INVALID naming the file and what is
 * wrong with it, by path; two of them in one folder are an error too.
 */
export async function loadConfig({
  context,
  file,
  system,
  signal,
}: {
  readonly context: string;
  readonly file?: string | undefined;
  readonly system: System;
  readonly signal?: AbortSignal | undefined;
}): Promise<LoadedConfig> {
  signal?.throwIfAborted();
  const folder = resolve(system.cwd, context);
  const path = file === undefined ? findConfig(folder) : resolve(system.cwd, file);
  const name = basename(path);
  // A module may never be done; nothing can end it, so that it is left to itself.
  const { value, locate } = await abortable(readConfig(path, name), signal);
  const config = await validateConfig(value, name, locate);
  return { path, requests: uniquelyNamed(requestsOf(config, dirname(path)), name) };
}

const extensions = ["ts", "mts", "js", "mjs", "json", "yaml"] as const;

function findConfig(folder: string): string {
  const known = extensions.map((extension) => `gantry.config.${extension}`);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw during(`looking for gantry.config.* in ${folder}`, error, "ERR_GANTRY_SPEC_NOT_FOUND");
  }
  const [found, other] = known.filter((name) => names.includes(name));
  if (other !== undefined)
    throw invalid(`${folder} has both ${found} and ${other}: remove one, or choose with --config`);
  if (found !== undefined) return join(folder, found);
  const near = names.find((name) => /^gantry(?:\.config)?\.\w+$/.test(name));
  const help = near === undefined ? "" : `; ${near} is there, is that meant${suggest(near, known)}`;
  throw notFound(
    `no gantry.config.{${extensions.join(",")}} in ${folder}${help}: write one or a Dockerfile, or describe the image with --base`,
  );
}

async function readConfig(path: string, name: string): Promise<ParsedText> {
  requireFile(path);
  switch (extname(path)) {
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      return { value: await readConfigModule(path, name) };
    case ".json":
    case ".yaml":
    case ".yml":
      return parseConfigText(readFileSync(path), name);
    default:
      throw invalid(
        `${name}: a spec file ends in ${extensions.map((extension) => `.${extension}`).join(", ")}`,
      );
  }
}

function requireFile(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw notFound(`${path} does not exist`);
  if (!stat.isFile()) throw notFound(`${path} is not a file`);
  if (stat.size > largestConfig) {
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `${path} has ${stat.size} bytes, a spec file has at most ${largestConfig}`,
    );
  }
}

const largestConfig = 4 * 1024 * 1024;

function requestsOf(config: Config, folder: string): BuildRequest[] {
  if (!("images" in config)) {
    const { $schema: _, ...request } = config;
    return [located(request, imageName(request, nameOfFolder(folder)), folder)];
  }
  const { images } = config;
  if (isList(images)) {
    return images.map((request, index) => located(request, imageName(request, `image-${index + 1}`), folder));
  }
  return Object.entries(images).map(([key, request]) =>
    located(request, imageName({ name: key, ...request }), folder),
  );
}

function isList<T>(images: readonly T[] | Readonly<Record<string, T>>): images is readonly T[] {
  return Array.isArray(images);
}

function nameOfFolder(folder: string): string {
  return (
    basename(folder)
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 128) || "image"
  );
}

/** Fills in the name, and makes the folder of sources absolute, for the platforms' overrides too. */
function located(request: BuildRequest, name: string, folder: string): BuildRequest {
  const { platforms, filesBase = "." } = request;
  const filled = { ...request, name, filesBase: resolve(folder, filesBase) };
  if (platforms === undefined || Array.isArray(platforms)) return filled;
  const overrides = Object.entries(platforms as Readonly<Record<string, PlatformOverrides>>).map(
    ([key, override]) => [
      key,
      override.filesBase === undefined
        ? override
        : { ...override, filesBase: resolve(folder, override.filesBase) },
    ],
  );
  return { ...filled, platforms: Object.fromEntries(overrides) as Record<string, PlatformOverrides> };
}

function uniquelyNamed(requests: readonly BuildRequest[], file: string): readonly BuildRequest[] {
  const names = requests.map(({ name }) => name);
  if (names.length === 0) throw invalid(`${file}: images: expected at least one image`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid(`${file}: two images are called ${JSON.stringify(twice)}: give one another "name"`);
  return requests;
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}

function notFound(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", message);
}
