import type { NamedContext } from "../stages/named-context.js";
import type { StageBuild } from "./engine.js";

/** What a named context is to an engine; a layout is "DIR" or "DIR:NAME". */
export type ContextOfEngine =
  | { readonly type: "folder"; readonly root: string }
  | { readonly type: "image"; readonly reference: string }
  | { readonly type: "layout"; readonly place: string };

const layoutPrefix = "oci-layout:";

export function readContext(context: NamedContext): ContextOfEngine {
  if (context.type === "folder") return context;
  const { name } = context;
  return name.startsWith(layoutPrefix)
    ? { type: "layout", place: name.slice(layoutPrefix.length) }
    : { type: "image", reference: name };
}

/** A flag for each pair, as `--build-arg NAME=VALUE`. */
export function pairs(
  flag: string,
  values: Readonly<Record<string, string>>,
  prefix = "",
): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${prefix}${name}=${value}`]);
}

/** The build arguments, with the one by which BuildKit sets times, unless the user gives it. */
export function withEpoch({ buildArgs, mtime }: StageBuild): Readonly<Record<string, string>> {
  return { SOURCE_DATE_EPOCH: String(mtime), ...buildArgs };
}

/** An OCI layout in a folder, as BuildKit's clients take it: CSV, since a path may have commas and quotes. */
export function ociOutput(folder: string): string {
  return ["type=oci", "tar=false", "rewrite-timestamp=true", `dest=${folder}`]
    .map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(",");
}
