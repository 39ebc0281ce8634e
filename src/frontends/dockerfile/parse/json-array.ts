import { GantryError } from "../../../errors.js";
import { trimSpaceStart } from "./space.js";

/**
 * The strings of a JSON array. Undefined for a text that is no JSON or does not begin with `[`, which is then a shell's
 * or a list: that is how single quotes, a forgotten bracket and text after the array are read. Throws
 * ERR_GANTRY_DOCKERFILE_INVALID for an array of anything but strings.
 */
export function parseJsonArray(rest: string): readonly string[] | undefined {
  const text = trimSpaceStart(rest);
  if (!text.startsWith("[")) return undefined;
  const elements = decode(text);
  return elements?.map((element) => {
    if (typeof element === "string") return element.replace(loneSurrogate, "\ufffd");
    throw new GantryError(
      "ERR_GANTRY_DOCKERFILE_INVALID",
      "when using JSON array syntax, arrays must be comprised of strings only",
    );
  });
}

const loneSurrogate = /\p{Surrogate}/gu;

function decode(text: string): readonly unknown[] | undefined {
  try {
    return JSON.parse(text, refuseOverflow) as readonly unknown[];
  } catch {
    return undefined;
  }
}

/**
 * To Go's decoder a number beyond a double's range is no JSON, and neither is what nests by the ten thousand (this
 * recurses).
 */
function refuseOverflow(_key: string, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError();
  return value;
}
