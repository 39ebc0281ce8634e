import type { Command } from "commander";
import { collectCacheFrom } from "../cache-from.js";
import {
  addProgressFlags,
  addPushErrorFlag,
  addRegistryFlags,
  collect,
  collectAnnotations,
  collectList,
  collectPairs,
  oneOf,
  parseWords,
} from "../flags.js";
import { parseCompression } from "../compression.js";
import type { ProgressFlags, PushErrorFlags, RegistryFlags } from "../flags.js";
import type { Terminal } from "../terminal.js";

/** The values of `gantry build`'s flags. */
export interface BuildFlags extends RegistryFlags, ProgressFlags, PushErrorFlags {
  readonly base?: string;
  readonly add?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
  /** Keys of the index begin with "index:". */
  readonly annotation?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workdir?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly expose?: readonly string[];
  readonly volume?: readonly string[];
  readonly stopSignal?: string;
  readonly created?: string;
  readonly platform?: readonly string[];
  readonly preserveMode?: boolean;
  readonly baseTree?: "auto" | "always" | "never";
  readonly assumeNew?: readonly string[];
  readonly config?: string;
  readonly file?: string;
  readonly target?: string;
  readonly runWith?: "docker" | "buildah" | "buildctl";
  readonly ignoreRun?: boolean;
  readonly layers?: "each" | "squash";
  readonly buildContext?: Readonly<Record<string, string>>;
  readonly buildArg?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly tag?: readonly string[];
  readonly push?: boolean;
  readonly load?: boolean;
  readonly output?: readonly string[];
  readonly metadataFile?: string;
  readonly iidfile?: string;
  readonly print?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly compression?: string;
  readonly cache: boolean;
  readonly cacheFrom?: readonly string[];
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      "Builds the images that a spec file (gantry.config.ts, .js, .json or .yaml in the context folder) or a Dockerfile describes.\n" +
        "With --base the flags are the whole request and no spec file is read.",
    )
    .argument(
      "[context]",
      "the folder with the spec file or Dockerfile, .dockerignore and the files to add; for a Dockerfile also a git repository, the URL of a tar, or - for a tar or a Dockerfile on standard input",
      ".",
    );
  addContentFlags(command);
  addConfigurationFlags(command);
  addOutputFlags(command);
  addRegistryFlags(command);
  addCacheFlags(command);
  addProgressFlags(command);
  command.addHelpText("after", examples).action(async (context: string, flags: BuildFlags) => {
    if (flags.check === true)
      return (await import("../build/run-check.js")).runCheck(context, flags, terminal);
    await (await import("../build/run-build.js")).runBuild(context, flags, terminal);
  });
}

function addContentFlags(command: Command): void {
  command
    .optionsGroup("What goes in:")
    .option("--base <image>", "image to build on: scratch, a reference, or oci-layout:DIR[:name]")
    .option(
      "--add <src:dest[,...]>",
      "add a file or folder of the context as a layer; then exclude=GLOB, owner=UID:GID, mode=MODE, split=N (repeatable, in order)",
      collect,
    )
    .option(
      "--platform <platform>",
      "what to build for, as linux/amd64,linux/arm64 (default: linux on this machine's processor)",
      collectList,
    )
    .option(
      "-f, --file <dockerfile>",
      "the Dockerfile, if it has another name or place; - for standard input",
    )
    .option("--target <stage>", "the Dockerfile's stage to build (default: the last one)")
    .option("--build-arg <name=value>", "value of an ARG of the Dockerfile (repeatable)", collectPairs)
    .option(
      "--build-context <name=value>",
      "a folder, docker-image://REFERENCE, oci-layout://DIR or a git repository in place of the Dockerfile's stage or image of that name (repeatable)",
      collectPairs,
    )
    .option(
      "--run-with <engine>",
      "have docker, buildah or buildctl make the Dockerfile's stages with RUN, and go on with the rest",
      oneOf("docker", "buildah", "buildctl"),
    )
    .option("--ignore-run", "leave the Dockerfile's RUNs out; a label of the image names them")
    .option(
      "--layers <each|squash>",
      "a layer for each instruction of the Dockerfile that makes one, or one for all (default: each)",
      oneOf("each", "squash"),
    )
    .option("--config <file>", "the spec file, if it has another name or place")
    .option("--only <names...>", "build only these images of the spec")
    .option("--preserve-mode", "keep the files' own permission bits (else 0755 and 0644)")
    .option(
      "--base-tree <when>",
      "auto, always or never: ask the base's files where links lead and what modes folders have; auto asks for paths like /bin and /tmp",
      oneOf("auto", "always", "never"),
    )
    .option(
      "--assume-new <path>",
      "expect nothing of the base below this path, although bases keep it as a symlink (repeatable)",
      collect,
    )
    .option(
      "--compression <type[:level]>",
      "auto, none, gzip or zstd; auto packs only what leaves this machine",
      parseCompression,
    );
}

function addConfigurationFlags(command: Command): void {
  command
    .optionsGroup("Configuration:")
    .option("--env <name=value>", "environment variable (repeatable)", collectPairs)
    .option("--label <name=value>", "label (repeatable)", collectPairs)
    .option(
      "--annotation <name=value>",
      "annotation of the manifest, or with index:NAME=VALUE of the index (repeatable)",
      collectAnnotations,
    )
    .option("--user <user[:group]>", "user that the program runs as")
    .option("--workdir <path>", "folder that the program starts in")
    .option(
      "--entrypoint <json|word>",
      `program to start, as '["node","/app/main.js"]' or one word; [] for none`,
      parseWords,
    )
    .option("--cmd <json|word>", "arguments for it, likewise", parseWords)
    .option("--expose <port[/udp]>", "port the program listens on (repeatable)", collectList)
    .option("--volume <path>", "path meant for a volume (repeatable)", collect)
    .option("--stop-signal <signal>", "signal that asks the program to end")
    .option(
      "--created <time>",
      "time of creation, ISO 8601 or seconds since 1970 (default: SOURCE_DATE_EPOCH or 1970)",
    );
}

function addOutputFlags(command: Command): void {
  command
    .optionsGroup("Where it goes:")
    .option(
      "-t, --tag <reference>",
      "name of the image: REGISTRY/REPOSITORY:TAG (repeatable, any registries)",
      collect,
    )
    .option("--push", "push to every tag")
    .option("--load", "load into docker or podman on this machine")
    .option(
      "-o, --output <type=...>",
      "registry | image,push=true | oci,dest=FILE.tar or DIR | docker,dest=FILE.tar (repeatable)",
      collect,
    );
  addPushErrorFlag(command)
    .option("--metadata-file <file>", "write digests and names as JSON, as buildx does")
    .option("--iidfile <file>", "write the image's ID, as docker does")
    .option("--print", "print what would be built, as JSON, and build nothing")
    .option(
      "--check",
      "check the Dockerfile and build nothing; exit status 1 where something is to be mended",
    )
    .option("--json", "with --check: print the warnings as JSON");
}

function addCacheFlags(command: Command): void {
  command
    .optionsGroup("Running:")
    .option("--no-cache", "make every layer anew")
    .option(
      "--cache-from <reference>",
      'reuse layers of an image in a registry (also as type=registry,ref=REFERENCE); "destination" is the image now under the tag (repeatable)',
      collectCacheFrom,
    );
}

const examples = `
Examples:
  Files on a base, for two platforms, to two registries at once:
    gantry build --base debian:12-slim --add ./dist:/app --workdir /app \\
      --entrypoint '["/app/server"]' --platform linux/amd64,linux/arm64 \\
      -t localhost:5000/app:1 -t ghcr.io/me/app:1 --push

  One static program, the right one for each platform, as an archive:
    gantry build --base scratch --add 'bin/\${TARGETARCH}/server:/server' \\
      --entrypoint /server --platform linux/amd64,linux/arm64 -o type=oci,dest=app.tar

  What gantry.config.ts describes, all of it or one image with another tag:
    gantry build --push
    gantry build --only web -t localhost:5000/web:test --push

  Without --push, --load or -o the image lands in the local store:
    gantry build --base scratch --add ./site:/site -t ghcr.io/me/site:1
    gantry push ghcr.io/me/site:1

Overrides for one platform, health checks and many files with their own modes and owners go into the spec file.
Results (repository@digest) are written to stdout, everything else to stderr.
Exit status: 0 done, 1 failed, 2 wrong usage, 3 no image for the platform, 130 interrupted.`;
