import * as v from "valibot";
import { suggest } from "../../errors.js";
import { baseTreeModes } from "./base-tree.js";
import { modePattern, mostParts, ownerPattern } from "./file-options.js";
import { durationPattern } from "./healthcheck.js";
import { namePattern } from "./names.js";
import { isPlain } from "./problems.js";
import type {
  BuildRequest,
  FileSpec,
  HealthcheckSpec,
  ImageFields,
  ImagesConfig,
  LayerSpec,
} from "./request.js";

// The one source of the checks and of schema.json. Loads valibot: import it lazily. `Fields` makes the compiler find a
// field that the types have and the shapes do not, or the other way round.
export type Fields<T> = { readonly [K in keyof Required<T>]: v.GenericSchema };

const text = v.string();
const texts = v.array(v.string());
const textMap = record(v.string());
const oneOrMoreTexts = v.union([v.string(), texts]);
const integer = v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more"));

/** Makes a field optional and describes it: the description goes to schema.json, where editors show it. */
function field<const T extends v.GenericSchema>(schema: T, description: string): v.GenericSchema {
  return v.optional(v.pipe(schema, v.description(description)) as unknown as T);
}

/** An object without other fields; an unknown one is refused by name, with the nearest known one. */
export function strict(entries: v.ObjectEntries): v.GenericSchema {
  const known = Object.keys(entries);
  const message = (issue: v.StrictObjectIssue) => {
    const key = String(issue.path?.at(-1)?.key);
    return `unknown field ${JSON.stringify(key)}${suggest(key, known)}`;
  };
  return plain(v.strictObject(entries, message));
}

function record(value: v.GenericSchema): v.GenericSchema {
  return plain(v.record(v.string(), value));
}

/** The same schema, for plain objects only: valibot's takes a list, a Map or a Date for one, and finds nothing in it. */
function plain(schema: v.GenericSchema): v.GenericSchema {
  return {
    ...schema,
    "~run": (dataset, config) => {
      const { value } = dataset;
      if (typeof value !== "object" || value === null || isPlain(value))
        return schema["~run"](dataset, config);
      v._addIssue(schema, "type", dataset, config);
      return dataset as unknown as v.FailureDataset<v.BaseIssue<unknown>>;
    },
  };
}

const mode = v.union([
  v.pipe(v.string(), v.regex(modePattern, 'permission bits in octal, like "0644"')),
  integer,
]);
const partsRange = `1 to ${mostParts}`;
const parts = v.pipe(
  v.number(),
  v.integer("a whole number"),
  v.minValue(1, partsRange),
  v.maxValue(mostParts, partsRange),
);
const duration = v.pipe(v.string(), v.regex(durationPattern, 'a duration like "30s" or "1m30s"'));

const fileSpec = strict({
  source: field(text, "File or folder on disk, relative to filesBase. Either this or content."),
  content: field(v.union([v.string(), v.instance(Uint8Array)]), "The file itself, as text."),
  mode: field(mode, 'Permission bits, like "0644".'),
  owner: field(
    v.pipe(v.string(), v.regex(ownerPattern, '"UID:GID" as numbers, like "1000:1000"')),
    '"UID:GID" as numbers; "0:0" unless given.',
  ),
  exclude: field(oneOrMoreTexts, "Patterns of .dockerignore, relative to the source."),
  split: field(parts, "Of a folder of packages: at most so many layers; one package changes one of them."),
} satisfies Fields<FileSpec>);

const files = record(v.union([v.string(), fileSpec]));

const layer = strict({
  name: field(text, "For progress and for the image's history."),
  files: v.pipe(files, v.description("Absolute path in the image to path on disk, or details.")),
} satisfies Fields<LayerSpec>);

const healthcheck = strict({
  test: v.pipe(
    oneOrMoreTexts,
    v.description('A text for a shell, or a list that begins with "CMD", "CMD-SHELL" or "NONE".'),
  ),
  interval: field(duration, "Time between checks."),
  timeout: field(duration, "Time after which a check has failed."),
  startPeriod: field(duration, "Time in which failures do not count."),
  startInterval: field(duration, "Time between checks in the start period."),
  retries: field(integer, "Failures in a row that make the container unhealthy."),
} satisfies Fields<HealthcheckSpec>);

const imageFields = {
  base: field(text, '"scratch", a reference by tag or digest, or "oci-layout:DIR[:NAME]".'),
  env: field(textMap, "Environment variables; one that the base has is replaced in place."),
  labels: field(textMap, "Labels, merged over the base's."),
  annotations: field(textMap, 'Annotations of the manifest; "index:KEY" is for the index.'),
  user: field(v.union([v.string(), integer]), 'User and group of the process: "1000:1000", "nobody".'),
  workdir: field(text, "Working directory of the process; a relative one joins the base's."),
  entrypoint: field(oneOrMoreTexts, "The program and its first arguments; a text is one word. [] clears."),
  cmd: field(oneOrMoreTexts, "Default arguments, or the program where there is no entrypoint. [] clears."),
  ports: field(v.array(v.union([v.string(), integer])), 'Ports: 8080, "53/udp", "8000-8010".'),
  volumes: field(texts, "Absolute paths of volumes."),
  stopSignal: field(text, 'The signal that stops the process: "SIGTERM".'),
  healthcheck: field(healthcheck, "How a runtime finds out whether the container works."),
  files: field(files, "One layer of files: absolute path in the image to path on disk, or details."),
  layers: field(v.array(layer), "Layers of files in order, before that of files."),
  filesBase: field(text, "The folder of relative sources; this file's folder unless given."),
  created: field(v.union([v.string(), integer]), "Creation time: RFC 3339, or seconds since 1970."),
  preserveMode: field(v.boolean(), "Keeps the permission bits of the files on disk."),
  baseTree: field(
    v.picklist(baseTreeModes),
    "When destinations ask the base's files where links lead and what modes its folders have.",
  ),
  assumeNew: field(texts, "Absolute paths below which nothing of the base is expected."),
} satisfies Fields<ImageFields>;

const overrides = strict(imageFields);

/** The fields of a request, each with its description. */
export const requestFields: Fields<BuildRequest> = {
  name: field(
    v.pipe(v.string(), v.regex(namePattern, "letters, digits and . _ / -")),
    "What messages and the local store call the image.",
  ),
  tags: field(texts, "Full references that the image is pushed to."),
  platforms: field(
    v.union([texts, record(overrides)]),
    'Platforms like "linux/arm64": a list, or a map to what differs on each.',
  ),
  compression: field(
    v.pipe(
      v.string(),
      v.regex(
        /^(?:auto|none|gzip(?::[1-9])?|zstd(?::1?[0-9])?)$/,
        '"auto", "none", "gzip[:1-9]" or "zstd[:1-19]"',
      ),
    ),
    '"auto", "none", "gzip[:LEVEL]" or "zstd[:LEVEL]".',
  ),
  ...imageFields,
};

const hint = { $schema: v.optional(v.string()) };

/** One request, as the library takes it. */
export const requestShape: v.GenericSchema = strict(requestFields);

/** A spec file of one request. */
export const singleShape: v.GenericSchema = strict({ ...hint, ...requestFields });

/** A spec file of several requests. */
export const imagesShape: v.GenericSchema = strict({
  ...hint,
  images: v.pipe(
    v.union([v.array(requestShape), record(requestShape)]),
    v.description("Several images, as a list or by name."),
  ),
} satisfies Fields<ImagesConfig> & typeof hint);

/** What schema.json names and refers to, instead of repeating it. */
export const namedShapes: Readonly<Record<string, v.GenericSchema>> = {
  request: requestShape,
  overrides,
  layer,
  file: fileSpec,
};
