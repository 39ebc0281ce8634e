import { fileURLToPath } from "node:url";

/** The repository, seen from where this is compiled to. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The built product's command line. */
export const gantryMain: string = fileURLToPath(new URL("../../../dist/main.cjs", import.meta.url));

/** The built product's library, to be imported. */
export const libraryEntry: string = new URL("../../../dist/index.js", import.meta.url).href;
