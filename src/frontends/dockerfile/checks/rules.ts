import { goQuote } from "../go-text.js";

/** A rule that a Dockerfile can break. */
export interface Rule {
  readonly name: RuleName;
  readonly description: string;
  /** Where it is explained: docker's page, or of a rule of our own the section of our documentation. One has none. */
  readonly url: string | undefined;
  /** Whether it is asked only where the Dockerfile says so. */
  readonly experimental: boolean;
  /** Whether it is one of ours: a file that docker finds nothing wrong with may still break it. */
  readonly own: boolean;
}

export type RuleName = keyof typeof table;

interface Row {
  readonly description: string;
  /** What breaks it; of the words that are given, %q is in Go's quotes. */
  readonly detail: string;
  readonly explained?: "nowhere" | "here";
  readonly experimental?: boolean;
}

/** BuildKit's rules in its order, with its names and words, then our own. */
const table = {
  StageNameCasing: {
    description: "Stage names should be lowercase",
    detail: "Stage name '%s' should be lowercase",
  },
  FromAsCasing: {
    description: "The 'as' keyword should match the case of the 'from' keyword",
    detail: "'%s' and '%s' keywords' casing do not match",
  },
  NoEmptyContinuation: {
    description: "Empty continuation lines will become errors in a future release",
    detail: "Empty continuation line",
  },
  ConsistentInstructionCasing: {
    description: "All commands within the Dockerfile should use the same casing (either upper or lower)",
    detail: "Command '%s' should match the case of the command majority (%s)",
  },
  DuplicateStageName: {
    description: "Stage names should be unique",
    detail: "Duplicate stage name %q, stage names should be unique",
  },
  ReservedStageName: {
    description: "Reserved words should not be used as stage names",
    detail: "Stage name should not use the same name as reserved stage %q",
  },
  JSONArgsRecommended: {
    description:
      "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    detail: "JSON arguments recommended for %s to prevent unintended behavior related to OS signals",
  },
  MaintainerDeprecated: {
    description: "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    detail: "Maintainer instruction is deprecated in favor of using label",
  },
  UndefinedArgInFrom: {
    description: "FROM command must use declared ARGs",
    detail: "FROM argument '%s' is not declared%s",
  },
  WorkdirRelativePath: {
    description:
      "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
    detail: "Relative workdir %q can have unexpected results if the base image changes",
  },
  UndefinedVar: {
    description: "Variables should be defined before their use",
    detail: "Usage of undefined variable '$%s'%s",
  },
  MultipleInstructionsDisallowed: {
    description: "Multiple instructions of the same type should not be used in the same stage",
    detail:
      "Multiple %s instructions should not be used in the same stage because only the last one will be used",
  },
  LegacyKeyValueFormat: {
    description: "Legacy key/value format with whitespace separator should not be used",
    detail: '"%s key=value" should be used instead of legacy "%s key value" format',
  },
  InvalidBaseImagePlatform: {
    description: "Base image platform does not match expected target platform",
    detail: "Base image %s was pulled with platform %q, expected %q for current build",
    explained: "nowhere",
  },
  RedundantTargetPlatform: {
    description:
      "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    detail: "Setting platform to predefined %s in FROM is redundant as this is the default behavior",
  },
  SecretsUsedInArgOrEnv: {
    description: "Sensitive data should not be used in the ARG or ENV commands",
    detail: "Do not use ARG or ENV instructions for sensitive data (%s %q)",
  },
  InvalidDefaultArgInFrom: {
    description: "Default value for global ARG results in an empty or invalid base image name",
    detail: "Default value for ARG %s results in empty or invalid base image name",
  },
  FromPlatformFlagConstDisallowed: {
    description: "FROM --platform flag should not use a constant value",
    detail: "FROM --platform flag should not use constant value %q",
  },
  CopyIgnoredFile: {
    description: "Attempting to Copy file that is excluded by .dockerignore",
    detail: "Attempting to %s file %q that is excluded by .dockerignore",
  },
  InvalidDefinitionDescription: {
    description:
      "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    detail: "Comment for %s should follow the format: `# %s <description>`",
    experimental: true,
  },
  ExposeProtoCasing: {
    description: "Protocol in EXPOSE instruction should be lowercase",
    detail: "Defined protocol '%s' in EXPOSE instruction should be lowercase",
  },
  ExposeInvalidFormat: {
    description:
      "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
    detail: "EXPOSE instruction should not define an IP address or host-port mapping, found '%s'",
  },
  RunNotSupported: {
    description: "RUN is not executed, so that a build which needs one is refused",
    detail: "RUN in the stage %q is needed and would be refused",
    explained: "here",
  },
  ArgShadowsAutomaticPlatformArg: {
    description: "An automatic platform ARG should have no default, which hides the platform of the build",
    detail: "ARG %s is %q whatever the platform of the build is",
    explained: "here",
  },
  EmptyWildcard: {
    description: "A wildcard should match files of the context, else nothing is copied",
    detail: "%s wildcard %q matches no file of the context",
    explained: "here",
  },
} as const;

/** Every rule by its name. */
export const rules: Readonly<Record<RuleName, Rule>> = Object.fromEntries(
  Object.entries<Row>(table).map(([name, { description, explained, experimental = false }]) => {
    const own = explained === "here";
    return [name, { name, description, url: urlOf(name, explained), experimental, own }];
  }),
) as Record<RuleName, Rule>;

/** What breaks a rule, with the words that it is about in their places. */
export function detailOf(name: RuleName, words: readonly string[]): string {
  const rest = [...words];
  return table[name].detail.replace(/%[sq]/g, (verb) => {
    const word = rest.shift() ?? "";
    return verb === "%q" ? goQuote(word) : word;
  });
}

function urlOf(name: string, explained: Row["explained"]): string | undefined {
  if (explained === "nowhere") return undefined;
  if (explained === "here") return `docs/dockerfile.md#${name.toLowerCase()}`;
  const kebab = name.replace(/([a-z])([A-Z])/g, "$1-$2").replace(/([A-Z])([A-Z][a-z])/g, "$1-$2");
  return `https://docs.docker.com/go/dockerfile/rule/${kebab.toLowerCase()}/`;
}
