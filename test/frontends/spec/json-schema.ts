import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { union } from "valibot";
import { imagesShape, namedShapes, singleShape } from "../../../src/frontends/spec/shapes.js";

/** schema.json of the package, as the shapes say it. */
export function generateSchema(): string {
  const { $schema, ...schema } = toJsonSchema(union([imagesShape, singleShape]), {
    target: "draft-2020-12",
    definitions: { ...namedShapes },
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "instance" ? { not: {} } : undefined),
  });
  onlyTexts((schema.$defs?.["file"] as JsonSchema | undefined)?.properties, ["content", "mode"]);
  const about = {
    title: "Gantry spec file",
    description: "gantry.config.json or gantry.config.yaml: one image, or several under images.",
  };
  return `${JSON.stringify({ $schema, ...about, ...schema }, undefined, 2)}\n`;
}

/** Bytes, and modes as numbers, can be given from TypeScript only: a file's text has the first alternative. */
function onlyTexts(
  properties: Record<string, JsonSchema | boolean> | undefined,
  names: readonly string[],
): void {
  for (const name of names) {
    const property = properties?.[name];
    if (typeof property !== "object" || typeof property.anyOf?.[0] !== "object")
      throw new Error(`no alternatives of ${name}`);
    const { anyOf, ...rest } = property;
    properties![name] = { ...(anyOf[0] as JsonSchema), ...rest };
  }
}

/** Where schema.json is. */
export function schemaFile(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return join(folder, "schema.json");
}

export function checkedInSchema(): string {
  return readFileSync(schemaFile(), "utf8");
}
