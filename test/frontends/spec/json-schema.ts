import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { imagesShape, singleShape } from "../../../src/frontends/spec/shapes.js";

/** schema.json of the package, as the shapes say it. */
export function generateSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Gantry spec file",
    description: "gantry.config.json or gantry.config.yaml: one image, or several under images.",
    anyOf: [imagesShape, singleShape].map(convert),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function convert(shape: typeof singleShape): JsonSchema {
  const { $schema: _, ...schema } = toJsonSchema(shape, {
    target: "draft-2020-12",
    // Bytes can be given from TypeScript only.
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "instance" ? { not: {} } : undefined),
  });
  return schema;
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
