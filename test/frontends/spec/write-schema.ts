import { writeFileSync } from "node:fs";
import { generateSchema, schemaFile } from "./json-schema.js";

// node build/test/frontends/spec/write-schema.js, after a change of src/frontends/spec/shapes.ts.
writeFileSync(schemaFile(), generateSchema());
