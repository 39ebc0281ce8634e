import { fileURLToPath } from "node:url";

/** The repository, seen from where this is compiled to. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The built product's command line. */
export const gantryMain: string = `${root}dist/cli/main.js`;
