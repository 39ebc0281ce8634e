import { writeFileSync } from "node:fs";
import { generateModule, moduleFile } from "./compile-module.js";

// node build/test/codec/deflate/write-module.js, after a change of src/codec/deflate/assembly.
writeFileSync(moduleFile, generateModule());
