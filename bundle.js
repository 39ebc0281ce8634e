import { readFileSync, writeFileSync } from "node:fs";
import { build } from "rolldown";

const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const bundled = {
  platform: "node",
  external: Object.keys(dependencies),
  transform: { target: "node20" },
  resolve: { extensionAlias: { ".js": [".ts"] } },
};

const commonJs = { dir: "dist", format: "cjs", entryFileNames: "[name].cjs", chunkFileNames: "[name].cjs" };

/**
 * The package's JavaScript: few files, and CommonJS inside, which Node loads in half the time (docs/decisions/0020). All
 * lie side by side but the command; what is behind `import()` stays apart.
 */
const { output } = await build({
  ...bundled,
  input: { index: "src/index.ts", registry: "src/registry.ts", main: "src/cli/main.ts" },
  output: { ...commonJs, cleanDir: true },
  plugins: [{ name: "worker", renderChunk: nameWorker }],
});

/** The pool's own name for it is that of a test build. */
function nameWorker(code) {
  const parts = code.split('"./worker.js"');
  if (parts.length > 2) throw new Error("the worker is named more than once");
  return parts.join('"./worker.cjs"');
}

/** Each thread loads a worker's code anew: all of it in one file. */
await build({
  ...bundled,
  input: { worker: "src/layer/worker.ts" },
  output: { ...commonJs, codeSplitting: false },
});

/** What users import, as modules: the names of what is inside. */
for (const { isEntry, name, exports } of output) {
  if (!isEntry || exports.length === 0) continue;
  const names = exports.toSorted().join(", ");
  writeFileSync(
    `dist/${name}.js`,
    `import inside from "./${name}.cjs";\nexport const { ${names} } = inside;\n`,
  );
}
