import { InvalidArgumentError } from "commander";
import { suggest } from "../index.js";

const accepted = "expected REFERENCE, type=registry,ref=REFERENCE, or destination";

/** Adds what one `--cache-from` names: a reference, "destination", or buildx's `type=registry,ref=REFERENCE`. */
export function collectCacheFrom(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value.includes("=") ? referenceOf(value) : value];
}

function referenceOf(value: string): string {
  const fields = new Map<string, string>();
  for (const field of value.split(",")) {
    const at = field.indexOf("=");
    const key = field.slice(0, Math.max(at, 0)).trim().toLowerCase();
    if (key !== "type" && key !== "ref")
      throw new InvalidArgumentError(
        at === -1
          ? `"${field}" is not KEY=VALUE; ${accepted}`
          : `there is no "${key}"${suggest(key, ["type", "ref"])}; ${accepted}`,
      );
    if (fields.has(key)) throw new InvalidArgumentError(`"${key}" is given twice; ${accepted}`);
    fields.set(key, field.slice(at + 1).trim());
  }
  const type = fields.get("type");
  if (type !== "registry")
    throw new InvalidArgumentError(
      type === undefined
        ? `type is missing; ${accepted}`
        : `type=${type} is not supported: layers are reused from images in registries; ${accepted}`,
    );
  const ref = fields.get("ref") ?? "";
  if (ref === "") throw new InvalidArgumentError(`ref is missing; ${accepted}`);
  return ref;
}
