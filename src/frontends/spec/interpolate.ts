import { GantryError, suggest } from "../../errors.js";
import type { Platform } from "../../model/oci.js";

/** Values of the variables that a request may use, for one platform (the names are BuildKit's). */
export type PlatformVariables = Readonly<Record<string, string>>;

/** TARGETPLATFORM, TARGETOS, TARGETARCH, TARGETVARIANT ("" where the platform has no variant). */
export function platformVariables(platform: Platform): PlatformVariables {
  const { os, architecture, variant = "" } = platform;
  return {
    TARGETPLATFORM: [os, architecture, variant].filter((part) => part !== "").join("/"),
    TARGETOS: os,
    TARGETARCH: architecture,
    TARGETVARIANT: variant,
  };
}

/**
 * Replaces `${NAME}` by its value and `$$` by a dollar; any other dollar stays. Throws on another NAME. Messages name `where`
 * and the variable, never the text around it: it may hold a secret.
 */
export function interpolate(text: string, variables: PlatformVariables, where: string): string {
  if (!text.includes("$")) return text;
  return text.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*\})?/g, (match, name: string | undefined) => {
    if (match === "$$") return "$";
    if (name === undefined)
      throw invalid(where, 'expected "${NAME}" after "${"; write "$${" for the text itself');
    return valueOf(name.slice(0, -1), variables, where);
  });
}

function valueOf(name: string, variables: PlatformVariables, where: string): string {
  if (Object.hasOwn(variables, name)) return variables[name]!;
  const known = Object.keys(variables);
  const near = suggest(name, known);
  const help = near === "" ? `: only ${known.join(", ")} are expanded` : near;
  throw invalid(where, `unknown variable \${${name}}${help}; write $\${${name}} for the text itself`);
}

function invalid(where: string, problem: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `${where}: ${problem}`);
}
