import { openLayout } from "../../src/places/layout/layout.js";
import { randomImage } from "./random-image.js";
import { token } from "./scratch-folder.js";

/** Run as a process: writes images under the names "WHO-0", "WHO-1"… into a layout. */
const [dir, who, count] = process.argv.slice(2);
const layout = openLayout(dir!, { token });
for (let at = 0; at < Number(count); at++) {
  await (
    await layout.stage(randomImage({ seed: Number(who) * 100 + at, layers: 1 }), [`${who}-${at}`])
  ).publish();
}
