import type { DockerfileCase } from "./case.js";

/** Names of one file in a folder and beside it, in orders that differ between walking and a layer. */
const files = {
  "d/b": { text: "one", mode: 0o640 },
  "d/a": { same: "d/b" },
  "d/z/y": { same: "d/b" },
  "d/z-x": { same: "d/b" },
  "d/alone": "2",
  "d/empty": "",
  "d/nothing": { same: "d/empty" },
  "e/b": "another",
  "e/c": { same: "d/b" },
  top: { same: "d/b" },
} as const;

const stage = "FROM scratch AS s\nCOPY . /s/\n";

function links(name: string, dockerfile: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return { name: `copy: hard links, ${name}`, dockerfile, files, ...more };
}

/** Hard links, which are kept within what one source of a COPY brings. */
export const hardlinkCases: readonly DockerfileCase[] = [
  // §1.7: hard links
  links("of a folder", "FROM scratch\nCOPY d /x/\n"),
  links("of the whole context", "FROM scratch\nCOPY . /x/\n"),
  links("not between sources", "FROM scratch\nCOPY d/a d/b /x/\nCOPY d/a* d/b* /y/\nCOPY d e /z/\n"),
  links("that another source replaces", "FROM scratch\nCOPY d e /x/\nCOPY e d /y/\nCOPY d e/b /z/\n"),
  links("that another COPY replaces", "FROM scratch\nCOPY d /x/\nCOPY e/b /x/a\nCOPY e /x/\n"),
  links(
    "with an owner and a mode",
    "FROM scratch\nCOPY --chown=1:2 --chmod=751 d /x/\nCOPY --chmod=g=u d /y/\n",
  ),
  links(
    "of which some are left out",
    "FROM scratch\nCOPY --exclude=a --exclude=z d /x/\nCOPY --parents d/z* d/?/* /y/\n",
  ),
  links("of a stage", `${stage}FROM scratch\nCOPY --from=s /s /x\nCOPY --from=s /s/d/z /s/d /y/\n`),
  links(
    "of a stage, with flags",
    `${stage}FROM scratch\nCOPY --from=s --chown=1:2 --chmod=711 --exclude=d/a /s /x\nCOPY --from=s --parents /s/./**/z* /y/\n`,
  ),
  links(
    "of a stage, replaced",
    `${stage}FROM scratch\nCOPY --from=s /s/d /s/e /x/\nCOPY --from=s /s/e/b /x/a\n`,
  ),
  links(
    "of a stage that replaced some",
    `${stage}COPY e/b /s/d/b\nCOPY --link e/b /s/d/z/y\nFROM scratch\nCOPY --from=s /s /x\n`,
  ),
  links(
    "of a stage of a stage",
    `${stage}FROM scratch AS t\nCOPY --from=s /s /t\nFROM t\nCOPY --from=t /t/d /u/\n`,
  ),
  links(
    "of a stage on a base",
    `ARG BASE\nFROM \${BASE} AS s\nCOPY . /s/\nFROM scratch\nCOPY --from=s /s /x\n`,
    { onBase: true },
  ),
  links("of a folder of its own", "FROM scratch\nCOPY --from=more . /x/\n", { contexts: { more: files } }),
  links("laid over a stage", `${stage}COPY --link d /s/e/\nFROM scratch\nCOPY --from=s /s /x\n`),
];
