import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository; the compiled file is three folders down in it. */
export const certificatesFolder: string = fileURLToPath(
  new URL("../../../test/support/certificates", import.meta.url),
);

/** The path of one of them: "ca.crt". */
export function certificateFile(name: string): string {
  return join(certificatesFolder, name);
}

/** A certificate and its key, in PEM form. */
export function certificate(name: string): { readonly cert: string; readonly key: string } {
  const read = (ending: string) => readFileSync(certificateFile(name + ending), "utf8");
  return { cert: read(".crt"), key: read(".key") };
}
