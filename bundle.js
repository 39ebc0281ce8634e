import { readFileSync } from "node:fs";
import { build } from "rolldown";

const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/**
 * The package's JavaScript: few files, because Node takes a millisecond for each it loads. All lie side by side, so that
 * the pool finds its worker as it does in src/layer; what is behind `import()` stays apart.
 */
await build({
  input: {
    index: "src/index.ts",
    registry: "src/registry.ts",
    worker: "src/layer/worker.ts",
    "cli/main": "src/cli/main.ts",
  },
  platform: "node",
  external: Object.keys(dependencies),
  transform: { target: "node20" },
  resolve: { extensionAlias: { ".js": [".ts"] } },
  output: {
    dir: "dist",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  },
});
