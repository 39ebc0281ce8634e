import type { Entry } from "../plan/plan.js";

/** What a path below a folder of packages is of: a package, by its name; several (a folder that holds packages); or none. */
export type PackageOf = { readonly name: string } | "several" | "none";

/**
 * Tells whose a path is, by names alone, so that nothing but a package's own name decides. The first folder or file of the
 * path is the package, or the first two where it begins with "@" (npm's scopes). Of no package are `.bin` and files whose
 * names begin with a dot: what package managers note there changes with any package. In the stores of pnpm, Bun and
 * npm's linked layout the version does not count: "a" and ".pnpm/a@1.2.3/node_modules/a" are both the package "a".
 */
export function packageOf(path: string, type: Entry["type"]): PackageOf {
  const [store, inStore] = cut(path);
  if (!stores.has(store)) return topLevel(path, type);
  const [first, rest] = cut(inStore);
  if (first === "") return type === "directory" ? "several" : "none";
  if (first === "node_modules") return rest === "" ? "several" : topLevel(rest, type);
  return rest === "" && type !== "directory" ? "none" : { name: withoutVersion(first) };
}

const stores: ReadonlySet<string> = new Set([".pnpm", ".bun", ".store"]);

function topLevel(path: string, type: Entry["type"]): PackageOf {
  const [first, rest] = cut(path);
  if (first === ".bin" || (rest === "" && first.startsWith(".") && type !== "directory")) return "none";
  if (!first.startsWith("@")) return { name: first };
  if (rest === "") return type === "directory" ? "several" : { name: first };
  return { name: `${first}/${cut(rest)[0]}` };
}

/** "a@1.2.3_peer@4" → "a", "@scope+a@1.2.3" → "@scope/a". */
function withoutVersion(stored: string): string {
  const at = stored.indexOf("@", 1);
  const name = at === -1 ? stored : stored.slice(0, at);
  return name.startsWith("@") ? name.replace("+", "/") : name;
}

/** The path's first part, and what follows it. */
function cut(path: string): readonly [first: string, rest: string] {
  const at = path.indexOf("/");
  return at === -1 ? [path, ""] : [path.slice(0, at), path.slice(at + 1)];
}
