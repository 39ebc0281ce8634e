import type { ConnectOptions } from "../../http/connect.js";
import { defaultLanes, type LaneLimits } from "../../http/lanes.js";
import { chooseProxy } from "../../http/proxy.js";
import { isTrusting, readTrust, rootsWith, type Trust } from "../../http/trust.js";
import type { System } from "../../system.js";
import { isInsecure } from "./endpoint.js";
import { loadSettings, type RegistriesSettings, type RegistrySettings } from "./settings.js";

export interface NetworkOptions {
  readonly system: System;
  /** Registries ("host" or "host:port") that may be spoken to over http, or over https with any certificate. */
  readonly insecure?: readonly string[] | undefined;
  /** Files with further authorities, for every host. */
  readonly caFiles?: readonly string[] | undefined;
  /** Settings by registry, or the file that has them. */
  readonly registries?: RegistriesSettings | string | undefined;
  /** Requests at once for each host, whatever the settings say. A number limits uploads and downloads alike. */
  readonly concurrency?: number | Partial<LaneLimits> | undefined;
}

/** What the user said of registries and hosts: read when the first registry is asked for, and once. */
export interface Network {
  readonly connecting: ConnectOptions;
  lanes(host: string): LaneLimits;
  settings(registry: string): Promise<RegistrySettings>;
  /** Whether the user named certificates for the registry, which only https has. */
  isTrusting(registry: string): Promise<boolean>;
  /** Notes at which host a registry is spoken to. */
  note(registry: string, host: string): Promise<void>;
}

export function createNetwork({
  system,
  insecure = [],
  caFiles = [],
  registries,
  concurrency,
}: NetworkOptions): Network {
  let loading: Promise<RegistriesSettings> | undefined;
  const registryAt = new Map<string, string>();
  const noted = new Map<string, RegistrySettings>();
  const trusts = new Map<string, Promise<Trust>>();

  const settings = async (registry: string): Promise<RegistrySettings> => {
    const all = await (loading ??= loadSettings(registries, system));
    return { ...schemeOf(all, registry), ...all[registry] };
  };
  const trustOf = (registry: string): Promise<Trust> => {
    const known = trusts.get(registry);
    if (known !== undefined) return known;
    const reading = settings(registry).then(({ ca = [], cert, key }) =>
      readTrust(registry, { ca, cert, key }, system),
    );
    trusts.set(registry, reading);
    return reading;
  };
  const shared = () => readTrust("", { ca: caFiles }, system);

  return {
    settings,
    isTrusting: async (registry) => isTrusting(await trustOf(registry)),
    async note(registry, host) {
      registryAt.set(host, registry);
      noted.set(host, await settings(registry));
    },
    lanes: (host) => laneLimits(concurrency ?? noted.get(host)?.concurrency),
    connecting: {
      unverified: (host) => isInsecure(host, insecure),
      proxy: (url) => chooseProxy(url, system.env),
      async secure(host) {
        const own = await trustOf(registryAt.get(host) ?? host);
        const ca = await rootsWith(
          { ca: [...own.ca, ...(caFiles.length === 0 ? [] : (await shared()).ca)] },
          system,
        );
        return {
          ...(ca === undefined ? {} : { ca }),
          ...(own.cert === undefined ? {} : { cert: own.cert, key: own.key }),
        };
      },
    },
  };
}

/** What the URL of a mirror says of the mirror's own registry. */
function schemeOf(all: RegistriesSettings, registry: string): RegistrySettings {
  const mirrors = Object.values(all).flatMap(({ mirror = [] }) => mirror);
  const url = mirrors.find((each) => /^https?:\/\//.test(each) && new URL(each).host === registry);
  return url === undefined ? {} : { plainHttp: url.startsWith("http:") };
}

function laneLimits(concurrency: number | Partial<LaneLimits> | undefined): LaneLimits {
  if (typeof concurrency === "number") return { ...defaultLanes, upload: concurrency, download: concurrency };
  return { ...defaultLanes, ...concurrency };
}
