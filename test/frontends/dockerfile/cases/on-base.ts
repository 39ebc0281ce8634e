import type { DockerfileCase } from "./case.js";

const files = { f: "f", "d/g": "g", "d/h/i": { text: "i", mode: 0o700 } } as const;

function onBase(name: string, rest: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return { name, dockerfile: `ARG BASE\nFROM \${BASE}\n${rest}`, files, onBase: true, ...more };
}

/** Builds on an image of a registry: what is in it decides where files land, and whose they are. */
export const onBaseCases: readonly DockerfileCase[] = [
  onBase("base: alone, everything is inherited", ""),
  onBase("base: environment in expansions", "ENV A=$FROM_BASE PATH=$PATH:/more\n"),
  onBase("base: labels, ports and commands", 'LABEL both=mine\nEXPOSE 81\nCMD ["other"]\n'),
  onBase("base: an entrypoint clears its command", 'ENTRYPOINT ["x"]\n'),
  onBase("base: relative to its working directory", "COPY f data/\nCOPY f new\nWORKDIR x\n"),
  onBase("base: through its symlinks", "COPY f /bin/f\nCOPY d /lib/\nCOPY d/g /bin\n"),
  onBase("base: its folders keep their modes", "COPY f /tmp/\nCOPY d /root/\n"),
  onBase("base: a folder over its folder", "COPY d /srv/data/\n"),
  onBase("base: names of its passwd and group", "COPY --chown=app f /1\nCOPY --chown=app:staff d /2/\n"),
  onBase("base: its user makes folders", "WORKDIR /new/one\nUSER root\nWORKDIR two\n"),
  onBase(
    "base: its files through another stage",
    "FROM scratch\nCOPY --from=0 /srv/data /d\nCOPY --from=0 /bin/tool /bin/\n",
  ),
  onBase(
    "base: copied from without a stage of its own",
    "COPY f /x\nFROM scratch\nCOPY --from=0 /x /srv/data/link /y/\n",
  ),
];
