import { casesOf, type CheckCase } from "./case.js";

const f = "f";

/** What COPY and ADD take from the context. */
export const copyingCases: readonly CheckCase[] = casesOf([
  [
    "CopyIgnoredFile: broken",
    "FROM scratch\nCOPY f .\nADD ./f /windy\n",
    { files: { f, ".dockerignore": "f\n" } },
  ],
  [
    "CopyIgnoredFile: in a folder that is left out",
    "FROM scratch\nCOPY d/e/g d/e/ /x/\n",
    { files: { "d/e/g": f, ".dockerignore": "d\n" } },
  ],
  [
    "CopyIgnoredFile: by a pattern",
    "FROM scratch\nCOPY a.txt b.md /x/\n",
    { files: { "a.txt": f, "b.md": f, ".dockerignore": "*.txt\n" } },
  ],
  [
    "CopyIgnoredFile: by a variable",
    "FROM scratch\nARG WHAT=f\nCOPY $WHAT /\n",
    { files: { f, ".dockerignore": "f\n" } },
  ],
  [
    "CopyIgnoredFile: with a slash before it",
    "FROM scratch\nCOPY /f /\n",
    { files: { f, ".dockerignore": "f\n" }, onlyChecked: true },
  ],
  [
    "CopyIgnoredFile: kept where there are exceptions",
    "FROM scratch\nCOPY f .\nCOPY ./g .\n",
    { files: { f, g: f, ".dockerignore": "**\n!g\n" }, onlyChecked: true },
  ],
  ["CopyIgnoredFile: kept without patterns", "FROM scratch\nCOPY f g? .\n", { files: { f, gg: f } }],
  [
    "CopyIgnoredFile: kept for files of stages",
    "FROM scratch AS a\nCOPY g /f\nFROM scratch\nCOPY --from=a /f /\n",
    { files: { g: f, ".dockerignore": "f\n" } },
  ],
  [
    "CopyIgnoredFile: everything, of which nothing is left",
    "FROM scratch\nCOPY . .\nCOPY / /x\n",
    { files: { f, ".dockerignore": "*\n" } },
  ],
  [
    "CopyIgnoredFile: everything, of which something is left",
    "FROM scratch\nCOPY . .\n",
    { files: { f, ".dockerignore": ".*\n" } },
  ],
  [
    "CopyIgnoredFile: a URL is no file",
    "FROM scratch\nADD https://example.com/f /\n",
    { files: { ".dockerignore": "**\n" }, onlyChecked: true },
  ],
  [
    "CopyIgnoredFile: skipped by the file",
    "# check=skip=CopyIgnoredFile\nFROM scratch\nCOPY f .\n",
    { files: { f, ".dockerignore": "f\n" } },
  ],
  [
    "CopyIgnoredFile: by the Dockerfile's own patterns",
    "FROM scratch\nCOPY f g /x/\n",
    { files: { f, g: f, ".dockerignore": "f\n", "Dockerfile.dockerignore": "g\n" } },
  ],
  [
    "CopyIgnoredFile: one that is not there",
    "FROM scratch\nCOPY nope /\n",
    { files: { ".dockerignore": "nope\n" } },
  ],
]);
