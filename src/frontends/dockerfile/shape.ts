import * as v from "valibot";
import { type Fields, requestFields, strict } from "../spec/shapes.js";
import type { DockerfileRequest } from "./request.js";
import { engineNames } from "./run-with/engine.js";

// Loads valibot: import it lazily.
const { name, tags, labels, annotations, created, compression } = requestFields;

/** A request for a Dockerfile. */
export const dockerfileShape: v.GenericSchema = strict({
  ...{ name, tags, labels, annotations, created, compression },
  dockerfile: v.union([v.string(), strict({ text: v.string() })]),
  target: v.optional(v.string()),
  contexts: v.optional(v.record(v.string(), v.string())),
  runWith: v.optional(v.picklist(engineNames)),
  ignoreRun: v.optional(v.boolean()),
  squash: v.optional(v.boolean()),
  buildArgs: v.optional(v.record(v.string(), v.string())),
  platforms: v.optional(v.array(v.string())),
} satisfies Fields<DockerfileRequest>);
