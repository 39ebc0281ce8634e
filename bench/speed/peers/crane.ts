import { bash, type Command } from "../measure.js";

/** Packs a folder by GNU tar in a stable order and has crane append it to nothing: the fastest way there is without Gantry. */
export function craneAppend(parent: string, folder: string, reference: string): Command {
  const tar = 'tar --sort=name --owner=0 --group=0 --mtime=@0 -C "$1" -cf - "$2"';
  return { argv: bash(`${tar} | crane append --insecure -f - -t "$3"`, parent, folder, reference) };
}
