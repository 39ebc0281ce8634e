import type { DockerfileCase } from "./case.js";

/** Packages of a workspace, with folders of their own modes, and symlinks to folders and files. */
const workspace = {
  "package.json": "{}",
  "packages/a/package.json": "a",
  "packages/a/src/main.js": { text: "main", mode: 0o755 },
  "packages/a/src/deep/one.txt": "1",
  "packages/b/package.json": { text: "b", mode: 0o600 },
  "packages/b/src": { folder: 0o700 },
  "packages/b/src/two.txt": "2",
  "packages/c/readme": "c",
  packages: { folder: 0o750 },
  "packages/a": { folder: 0o1777 },
  "tools/run": "r",
  "tools/to-a": { link: "../packages/a" },
  "tools/to-run": { link: "run" },
  linked: { link: "packages" },
} as const;

const people = { "etc/passwd": "app:x:100:101::/:/\n", "etc/group": "staff:x:50:\n" };

function parents(name: string, instructions: string, more: Partial<DockerfileCase> = {}): DockerfileCase {
  return {
    name: `copy: parents, ${name}`,
    dockerfile: `FROM scratch\n${instructions}`,
    files: workspace,
    ...more,
  };
}

const stage = "FROM scratch AS s\nCOPY --chown=7:8 . /w/\n";

/** COPY --parents: what of a source's path is kept, and whose the folders on the way are. */
export const parentsCases: readonly DockerfileCase[] = [
  // §1.7: --parents
  parents("a file", "COPY --parents packages/a/src/main.js /x/\n"),
  parents("a folder with all that is in it", "COPY --parents packages/a /x\n"),
  parents(
    "the text as it is written does not count",
    "COPY --parents ./packages//a/. packages/../tools/run /x/\n",
  ),
  parents("beyond the root", "COPY --parents ../../packages/a/package.json /packages/c/readme /x/\n"),
  parents(
    "several sources need no slash",
    "COPY --parents packages/a/package.json packages/b/package.json x\n",
  ),
  parents("a wildcard in one folder", "COPY --parents packages/*/package.json /x/\n"),
  parents("wildcards do not cross folders", "COPY --parents */package.json */*/main.js p*/?/src/*.txt /x/\n"),
  parents("folders at any depth", "COPY --parents **/package.json /x/\n"),
  parents("any depth below a folder", "COPY --parents packages/**/*.txt /x/\n"),
  parents("any depth at the end", "COPY --parents packages/** /x/\n"),
  parents("a suffix at any depth", "COPY --parents **js /x/\n"),
  parents("a class", "COPY --parents packages/[ab]/package.json packages/[^ab]/* /x/\n"),
  parents("a character taken for itself", "COPY --parents packages/\\[x\\]* pac\\kage* /x/\n", {
    files: { ...workspace, "packages/[x]y": "1" },
  }),
  parents("a folder that a wildcard takes", "COPY --parents packages/*/src /x/\n"),
  parents("nothing that matches", "COPY --parents nothing* packages/nothing/**/x /x/\n"),
  parents(
    "nothing that matches before the pivot",
    "COPY --parents nothing*/./a /x/\nCOPY --parents package.json /y/\n",
  ),
  parents("a pivot", "COPY --parents packages/a/./src/main.js /x/\n"),
  parents("a pivot before wildcards", "COPY --parents packages/./*/package.json /x/\n"),
  parents("wildcards before a pivot", "COPY --parents packages/*/./src/**/*.txt /x/\n"),
  parents("the first of two pivots", "COPY --parents packages/./a/./src /x/\n"),
  parents("a pivot at the root", "COPY --parents /./packages/a/src/deep ././tools/run /x/\n"),
  parents("a pivot that is a file of the context", "COPY --parents packages/*/./src/*.js /x/\n", {
    files: { ...workspace, "packages/readme": "r" },
  }),
  // BuildKit brings no second path through the same symlink over from a context.
  parents("a pivot through a symlink", "COPY --parents linked/a/./src/*.js /x/\n"),
  parents("a pivot that is a symlink", "COPY --parents linked/./a/*.json /x/\n"),
  parents("symlinks that wildcards take stay links", "COPY --parents tools/* link* /x/\n"),
  parents(
    "symlinks on the way are not followed",
    "COPY --parents tools/*/package.json linked/*/package.json /x/\n",
  ),
  parents("over the root", "COPY --parents packages/a/src/deep/one.txt packages/b/src /\n"),
  parents(
    "relative to the working directory",
    "WORKDIR /w\nCOPY --parents packages/b/package.json .\nCOPY --parents tools/run ./in\n",
  ),
  parents("a word that is an exception", "COPY --parents !* tools/run /x/\n"),
  parents("an owner", "COPY --parents --chown=5:6 packages/a/src/main.js /x/y/\n"),
  parents(
    "an owner by name",
    "COPY etc /etc\nCOPY --parents --chown=app:staff packages/*/package.json /x/\n",
    {
      files: { ...workspace, ...people },
    },
  ),
  parents("a mode", "COPY --parents --chmod=705 packages/a/src/main.js tools /x/y/\n"),
  parents("a mode in letters", "COPY --parents --chmod=go=u packages/b /x/\n"),
  parents(
    "folders that are there keep their owner and lose their mode",
    "COPY --chown=3:4 --chmod=711 packages/a/src/deep /x/packages/a/\nCOPY --parents --chown=5:6 --chmod=700 packages/a/package.json packages/b/src /x/\n",
  ),
  parents(
    "folders that match are the source's altogether",
    "COPY --chown=3:4 --chmod=711 packages/a/src/deep /x/packages/a/\nCOPY --parents packages/a /x/\n",
  ),
  parents(
    "exclude, from the root",
    "COPY --parents --exclude=packages/a/src --exclude=*.json packages /x/\n",
  ),
  parents(
    "exclude, from the pivot",
    "COPY --parents --exclude=a/src/deep --exclude=packages packages/./a /x/\n",
  ),
  parents(
    "exclude at any depth, with an exception",
    "COPY --parents --exclude=**/src --exclude=!**/deep packages/* /x/\n",
  ),
  parents("exclude what is on the way", "COPY --parents --exclude=packages/a packages/*/package.json /x/\n"),
  parents("link", "COPY tools /x/packages/a/\nCOPY --parents --link packages/a/src/main.js /x/\n"),
  parents("ignored files are not there", "COPY --parents **/package.json packages/*/src /x/\n", {
    files: { ...workspace, ".dockerignore": "packages/a\n!packages/a/src/deep\n" },
  }),
  parents("a heredoc beside it", "COPY --parents tools/run <<EOF /x/\nhi\nEOF\n"),
  parents("variables in the words", "ARG WHAT=a\nCOPY --parents packages/$WHAT/./src/$NONE*.js /x/\n"),
  {
    name: "copy: parents, from a stage",
    dockerfile: `${stage}FROM scratch\nCOPY --from=s --parents /w/packages/a/src w/tools/to-* /x/\n`,
    files: workspace,
  },
  {
    name: "copy: parents, from a stage with a pivot and any depth",
    dockerfile: `${stage}FROM scratch\nCOPY --from=s --parents /w/pack*/./**/deep /w/linked/./b* /x/\nCOPY --from=s --parents --exclude=a/src --chown=1:2 /w/packages/./** /y/\n`,
    files: workspace,
  },
  {
    name: "copy: parents, from a stage with files before the pivot",
    dockerfile: `${stage}FROM scratch\nCOPY --from=s --parents /w/package.json/./* /x/\nCOPY --from=s --parents /w/*/./* /y/\n`,
    files: workspace,
  },
  {
    name: "copy: parents, from a folder with files before the pivot",
    dockerfile: "FROM scratch\nCOPY --from=more --parents */./b /x/\n",
    contexts: { more: { f: "1", "d/b": "2" } },
  },
  {
    name: "copy: parents, from a stage through its symlinks",
    dockerfile: `${stage}FROM scratch\nCOPY --from=s --parents /w/linked/./*/src /w/tools/to-a/./sr* /x/\nCOPY --from=s --parents /w/linked/a/./src /w/link*/./a/*.json /y/\n`,
    files: workspace,
  },
  {
    name: "copy: parents, from a stage, nothing that matches",
    dockerfile: `${stage}FROM scratch\nCOPY --from=s --parents /w/packages/./nothing* /x/\nCOPY --from=s --parents /w/packages/*/./nothing /y/\n`,
    files: workspace,
  },
  {
    name: "copy: parents, from a folder of its own",
    dockerfile: "FROM scratch\nCOPY --from=more --parents lib/*/x lib/./b /x/\n",
    contexts: { more: { "lib/a/x": "1", "lib/b/x": "2", "lib/b/y": "3", ".dockerignore": "lib/b/y" } },
  },
  {
    name: "copy: parents, from an image",
    dockerfile:
      "ARG BASE\nFROM ${BASE} AS base\nFROM scratch\nCOPY --from=base --parents /srv/./data /usr/**/so /bin* /x/\n",
    onBase: true,
  },
  {
    name: "copy: parents, into a base with folders and symlinks",
    dockerfile: "ARG BASE\nFROM ${BASE}\nCOPY --parents root/a tmp/b /\nCOPY --parents tmp/b /bin\n",
    files: { "root/a": "1", "tmp/b": "2" },
    onBase: true,
  },
  {
    name: "copy: exclude with an exception, over folders that are there",
    dockerfile:
      "FROM scratch\nCOPY --chown=3:4 --chmod=711 d /x\nCOPY --chown=5:6 --exclude=sub --exclude=!sub/deep d /x\n",
    files: { "d/sub/deep/f": "1", "d/sub/g": "2", "d/sub": { folder: 0o750 } },
  },
];
