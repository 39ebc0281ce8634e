import { GantryError, suggest } from "../errors.js";
import { quote } from "./quote.js";
import type { System } from "../system.js";
import type { Descriptor, Platform } from "./oci.js";

const systems = [
  "linux",
  "windows",
  "darwin",
  "freebsd",
  "netbsd",
  "openbsd",
  "dragonfly",
  "solaris",
  "illumos",
  "aix",
  "android",
  "ios",
  "plan9",
  "wasi",
  "wasip1",
  "js",
  "zos",
];
const architectures = [
  "amd64",
  "arm64",
  "arm",
  "386",
  "riscv64",
  "ppc64le",
  "s390x",
  "loong64",
  "mips64le",
  "mips64",
  "mipsle",
  "mips",
  "ppc64",
  "riscv",
  "s390",
  "sparc64",
  "wasm",
];

/** What else people and tools call an architecture; as containerd reads them, and uname's and npm's names. */
const aliases: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  x64: ["amd64"],
  aarch64: ["arm64"],
  arm64v8: ["arm64"],
  armhf: ["arm", "v7"],
  armv7l: ["arm", "v7"],
  arm32v7: ["arm", "v7"],
  armel: ["arm", "v6"],
  armv6l: ["arm", "v6"],
  arm32v6: ["arm", "v6"],
  arm32v5: ["arm", "v5"],
  i386: ["386"],
  i686: ["386"],
  x86: ["386"],
  ia32: ["386"],
  ppc64el: ["ppc64le"],
  mipsel: ["mipsle"],
  loongarch64: ["loong64"],
};

/** The variants an image may be asked for, where they are a closed set. */
const variants: Readonly<Record<string, readonly string[]>> = {
  amd64: ["v1", "v2", "v3", "v4"],
  arm: ["v5", "v6", "v7", "v8"],
};

/**
 * Reads "linux/arm64", "linux/arm/v7", "windows(10.0.17763)/amd64" or a bare architecture, which is Linux's; aliases and
 * defaults are normalised. Throws ERR_GANTRY_PLATFORM_INVALID with the nearest known platform.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split("/");
  const [first = "", second, variant] = parts;
  if (parts.length > 3 || parts.includes(""))
    throw invalid(text, "expected os/architecture or os/architecture/variant");
  if (second === undefined) return parseBare(text, first);
  const system = /^([a-z0-9]+)(?:\(([a-z0-9._-]+)\))?$/.exec(first);
  const os = system?.[1] === "macos" ? "darwin" : (system?.[1] ?? first);
  if (system === null || !systems.includes(os))
    throw invalid(text, `unknown operating system ${quote(first)}`, first, systems);
  const architecture = knownArchitecture(text, second);
  const platform = normalizePlatform({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(system[2] === undefined ? {} : { "os.version": system[2] }),
  });
  checkVariant(text, platform);
  return platform;
}

function parseBare(text: string, word: string): Platform {
  if (systems.includes(word))
    throw invalid(text, `its architecture is missing, expected for example "${word}/amd64"`);
  return normalizePlatform({ os: "linux", architecture: knownArchitecture(text, word) });
}

function knownArchitecture(text: string, word: string): string {
  if (Object.hasOwn(aliases, word) || architectures.includes(word)) return word;
  throw invalid(text, `unknown architecture ${quote(word)}`, word, [
    ...architectures,
    ...Object.keys(aliases),
  ]);
}

function checkVariant(text: string, { architecture, variant }: Platform): void {
  if (variant === undefined) return;
  const known = variants[architecture];
  const isName = /^[a-z0-9._-]+$/.test(variant);
  const isKnown =
    architecture === "arm64" ? arm64Version(variant) !== undefined : (known?.includes(variant) ?? isName);
  if (isKnown) return;
  const choices =
    architecture === "arm64" ? "v8, v8.1 to v8.9 or v9 to v9.9" : (known?.join(", ") ?? "a name");
  throw invalid(text, `unknown variant ${quote(variant)} of ${architecture}, expected ${choices}`);
}

function invalid(text: string, problem: string, word = "", known: readonly string[] = []): GantryError {
  return new GantryError(
    "ERR_GANTRY_PLATFORM_INVALID",
    `invalid platform ${quote(text)}: ${problem}${suggest(word, known)}`,
  );
}

/**
 * The platform in Go's names and with the variant everybody means left out or filled in: arm is arm/v7, arm64/v8 is
 * arm64, amd64/v1 is amd64 (containerd's rules). Never throws: images say what they like.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { os, architecture, variant, ...rest } = platform;
  const given = architecture.toLowerCase();
  const [name, implied] = (Object.hasOwn(aliases, given) ? aliases[given] : undefined) ?? [given];
  const normalised = normalizeVariant(name, (variant ?? "").toLowerCase() || (implied ?? ""));
  return {
    os: os.toLowerCase() === "macos" ? "darwin" : os.toLowerCase(),
    architecture: name,
    ...(normalised === "" ? {} : { variant: normalised }),
    ...rest,
  };
}

function normalizeVariant(architecture: string, variant: string): string {
  const versioned =
    ["arm", "arm64", "amd64"].includes(architecture) && /^[0-9]/.test(variant) ? `v${variant}` : variant;
  if (architecture === "386") return "";
  if (architecture === "arm" && versioned === "") return "v7";
  if (architecture === "arm64") return versioned.replace(/^(v[89])\.0$/, "$1").replace(/^v8$/, "");
  return architecture === "amd64" && versioned === "v1" ? "" : versioned;
}

/** "linux/arm/v7", "windows(10.0.17763)/amd64"; `parsePlatform` reads it back as the normalised platform. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, "os.version": version } = normalizePlatform(platform);
  const system = version === undefined ? os : `${os}(${version})`;
  return variant === undefined ? `${system}/${architecture}` : `${system}/${architecture}/${variant}`;
}

/** Whether what is offered runs where the wanted platform does: the same, or an older variant of the same architecture. */
export function matchesPlatform(wanted: Platform, offered: Platform): boolean {
  return distance(wanted, offered) !== undefined;
}

/** 0 for the very platform, more the older the offered variant is, undefined where it does not run. */
function distance(wanted: Platform, offered: Platform): number | undefined {
  const want = normalizePlatform(wanted);
  const offer = normalizePlatform(offered);
  if (want.os !== offer.os || want.architecture !== offer.architecture) return undefined;
  if (!matchesVersion(want["os.version"], offer["os.version"])) return undefined;
  const older = [want.variant ?? "", ...olderVariants(want)].indexOf(offer.variant ?? "");
  return older < 0 ? undefined : older;
}

/** A wanted "10.0.17763" takes "10.0.17763.5936": Windows images run on any revision of their build. */
function matchesVersion(wanted: string | undefined, offered: string | undefined): boolean {
  return (
    wanted === undefined || offered === undefined || offered === wanted || offered.startsWith(`${wanted}.`)
  );
}

/** The older variants that run too, best first (normalised: "" is arm64/v8 and amd64/v1). */
function olderVariants({ architecture, variant = "" }: Platform): readonly string[] {
  const level = Number(/^v([0-9])$/.exec(variant)?.[1] ?? Number.NaN);
  if (architecture === "arm")
    return Number.isNaN(level) ? [] : countDown(level - 1, 5).map((older) => `v${older}`);
  if (architecture === "amd64")
    return Number.isNaN(level)
      ? []
      : countDown(level - 1, 1).map((older) => (older === 1 ? "" : `v${older}`));
  return architecture === "arm64" ? olderArm64(variant) : [];
}

/** v9.x contains v8.(x + 5). */
function olderArm64(variant: string): readonly string[] {
  const version = arm64Version(variant);
  if (version === undefined) return [];
  const [major, minor] = version;
  const of8 = (from: number) => countDown(from, 0).map((older) => (older === 0 ? "" : `v8.${older}`));
  if (major === 8) return of8(minor - 1);
  return [...countDown(minor - 1, 0).map((older) => (older === 0 ? "v9" : `v9.${older}`)), ...of8(minor + 5)];
}

function arm64Version(variant: string): readonly [major: number, minor: number] | undefined {
  const match = /^v([89])(?:\.([0-9]))?$/.exec(variant === "" ? "v8" : variant);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0)];
}

function countDown(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index);
}

/**
 * The entry of an index that is best for the platform: the same variant before older ones, then the first. Attestations
 * ("unknown/unknown") are passed over, entries without a platform too, unless there is no other. Throws
 * ERR_GANTRY_PLATFORM_NOT_FOUND listing what there is.
 */
export function selectPlatform(manifests: readonly Descriptor[], wanted: Platform, what: string): Descriptor {
  const images = manifests.filter((entry) => !isAttestation(entry));
  const [only] = images;
  if (images.length === 1 && only !== undefined && only.platform === undefined) return only;
  let best: { readonly entry: Descriptor; readonly distance: number } | undefined;
  for (const entry of images) {
    const away = entry.platform === undefined ? undefined : distance(wanted, entry.platform);
    if (away !== undefined && (best === undefined || away < best.distance)) best = { entry, distance: away };
  }
  if (best !== undefined) return best.entry;
  throw new GantryError(
    "ERR_GANTRY_PLATFORM_NOT_FOUND",
    `${what} has no image for ${formatPlatform(wanted)}: ${available(images)}`,
  );
}

function isAttestation({ platform, annotations }: Descriptor): boolean {
  if (annotations !== undefined && Object.hasOwn(annotations, "vnd.docker.reference.type")) return true;
  return platform?.os === "unknown" && platform.architecture === "unknown";
}

function available(images: readonly Descriptor[]): string {
  const names = new Set(
    images.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)])),
  );
  return names.size === 0 ? "it names no platform at all" : `it has ${[...names].join(", ")}`;
}

/** Node's names of processors that are not Go's. */
const nodeNames: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  mipsel: "mipsle",
};

/** The platform of Linux containers on this machine, whatever its own operating system. */
export function machinePlatform({ arch }: Pick<System, "arch">): Platform {
  return normalizePlatform({ os: "linux", architecture: nodeNames[arch] ?? arch });
}
