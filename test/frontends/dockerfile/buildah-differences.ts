/** Why buildah comes to something else than BuildKit: each is a paragraph of docs/dockerfile.md, by its bold words. */
export interface BuildahDifference {
  readonly why: string;
  /** Names of the Dockerfiles that show it; a name that ends with `*` stands for all that begin so. */
  readonly cases: readonly string[];
  /** What comes of them there differs from run to run. */
  readonly byChance?: boolean;
}

/** Where Debian's buildah refuses a Dockerfile or makes another image of it; everything else is the same there. */
export const buildahDifferences: readonly BuildahDifference[] = [
  {
    why: "Heredocs",
    cases: [
      "heredocs: *",
      "onbuild: keeps a heredoc",
      "onbuild: a continued line and a heredoc are carried out",
    ],
  },
  {
    why: "Flags of COPY and ADD",
    cases: [
      "copy: parents, *",
      "url: --link",
      "url: --unpack*",
      "url: a checksum",
      "git: a checksum",
      "git: owner, mode and what is left out",
      "git: --link, beside a file",
      "add: an archive with --exclude",
      "add: an archive with --link*",
      "add: an archive with --unpack*",
      "copy: hard links, of which some are left out",
      "copy: hard links, of a stage, with flags",
      "copy: hard links, of a stage that replaced some",
      "copy: hard links, laid over a stage",
      "flags: of either truth",
      "copy: exclude *",
      "copy: link",
      "copy: link does not see what the stage has",
      "copy: link with *",
      "copy: from a stage that was linked to",
      "copy: a link's *",
    ],
  },
  {
    why: "Modes in symbols",
    cases: [
      "url: owner and mode",
      "add: an archive with --chmod as changes",
      "copy: hard links, with an owner and a mode",
      "copy: mode in symbols",
      "copy: an empty owner is none",
      "copy: a mode copied from a class",
      "copy: modes with special bits",
      "copy: X asks the mode that was there first",
    ],
  },
  { why: "Owners in odd writing", cases: ["copy: an owner with a sign and zeros"] },
  {
    why: "Folders on the way",
    cases: [
      "copy: mode in octal, folders on the way too",
      "copy: mode and owner",
      "copy: from a stage with another owner and mode",
      "copy: folders made for a mode have no special bits",
      "add: folders and files with an owner and a mode",
    ],
  },
  {
    why: "Destinations",
    cases: [
      "copy: a destination that is a symlink",
      "copy: to a dangling symlink",
      "copy: a dot at the end is a folder",
    ],
  },
  {
    why: "Patterns",
    cases: [
      "context: a tar at a URL",
      "context: a packed tar at a URL",
      "ignore: patterns with stars at their ends",
      "ignore: classes, escapes and blanks at the ends of lines",
      "copy: a star behind a backslash",
      "ignore: everything but by depth",
      "context: a folder has a .dockerignore of its own",
    ],
  },
  {
    why: "Names of stages",
    cases: [
      "from: a stage by name",
      "from: the name of an ARG",
      "from: a target in the middle",
      "copy: from a stage by name",
      "copy: from a stage, a wildcard and its symlinks",
    ],
  },
  {
    why: "Repositories",
    cases: [
      "git: the default branch",
      "git: into a folder that is there",
      "git: a branch and a folder of it",
      "git: a tag, by its name and by the query",
      "git: a commit",
      "context: a repository",
      "context: a repository by a query",
    ],
  },
  {
    why: "Names of downloads",
    cases: ["url: names that are escaped, and none", "context: a Dockerfile at a URL"],
  },
  {
    why: "Owners of what is in archives",
    cases: [
      "add: an archive with --chown",
      "add: folders that the archive does not list",
      "add: an archive on a base",
      "context: a tar with an archive in it",
    ],
  },
  {
    why: "What archives hold and replace",
    cases: [
      "add: a file over a folder",
      "add: a name that is a whiteout",
      "add: a hardlink to a symlink",
      "add: unusual members",
      "add: capabilities of a file",
    ],
  },
  {
    why: "ONBUILD with stages",
    cases: [
      "onbuild: from a stage, an earlier stage",
      "onbuild: from a stage, a stage between it and who begins with it",
      "onbuild: from a stage, a stage by number",
      "onbuild: from a stage, in letters of another case",
      "onbuild: from a stage, not passed on",
      "onbuild: from a stage, what triggers need has triggers",
      "onbuild: from a stage, with flags",
      "onbuild: from an image, a stage",
      "onbuild: from an image, several",
      "onbuild: from an image, a stage that brings more triggers",
      "onbuild: from an image, in a stage that is copied from",
    ],
  },
  { why: "Stages of one name", cases: ["from: the last stage of a name"], byChance: true },
  { why: "Variants of a platform", cases: ["from: the platform of a stage is not the image's"] },
  {
    why: "Operators of expansion",
    cases: [
      "expansion: special parameters and digits",
      "expansion: a message for what is there",
      "expansion: stars behind backslashes in patterns",
      "expansion: a replacement of all is a template",
      "arg: a global without a value",
      "expansion: plain, in braces, defaults",
      "expansion: an empty value is unset with a colon alone",
      "expansion: prefixes and suffixes",
      "expansion: replacement",
      "arg: without a value is not set",
      "arg: empty ones, quoted ones and none",
    ],
  },
  {
    why: "Scope of ARG",
    cases: [
      "arg: platform arguments in FROM need no ARG",
      "arg: several are read one after the other",
      "arg: the last writer of a name wins",
      "arg: a default for a platform argument pins it",
      "arg: the stage's name",
      "arg: inherited from the stage below",
      "arg: proxies are no variables unless declared",
      "arg: a given value is not expanded",
      "arg: one over an ENV of its name is not handed on",
      "onbuild: several kinds, in order, with the stage's variables",
    ],
  },
  {
    why: "Backslashes",
    cases: ["continuation: two escapes do not join", "directives: another escape character"],
  },
  {
    why: "SHELL and empty commands",
    cases: [
      "cmd: text behind JSON makes it a shell's",
      "shell: one word",
      "shell: for what comes after it",
      "shell: none of one's own for commands in JSON",
      "from: a stage's shell, user, folder and labels go on",
      "cmd: nothing is an empty command line",
      "entrypoint: nothing is an empty command line",
    ],
  },
  {
    why: "Ports",
    cases: [
      "expose: protocols, ranges, order",
      "expose: an address and a host port mean nothing",
      "expose: variables that come to nothing",
      "expose: an empty protocol, a sign, leading zeros",
      "expose: ranges of the host, addresses of six",
    ],
  },
  {
    why: "Folders of VOLUME",
    cases: ["volume: of an empty list", "volume: a list and JSON", "volume: variables and blanks in JSON"],
  },
  {
    why: "Order of Env, slashes of WORKDIR",
    cases: ["base: environment in expansions", "workdir: an empty one changes nothing"],
  },
  {
    why: "HEALTHCHECK",
    cases: ["healthcheck: shell form with all flags", "healthcheck: durations as Go reads them"],
  },
];

/** How a case is different there; undefined where it is to be the same. */
export function buildahDifference(name: string): BuildahDifference | undefined {
  const isFor = (pattern: string) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return buildahDifferences.find(({ cases }) => cases.some(isFor));
}
