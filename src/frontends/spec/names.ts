import { GantryError, during } from "../../errors.js";
import { type Reference, formatReference, parseReference } from "../../model/reference.js";
import type { BuildRequest } from "./request.js";

/** What the image is called: its name, else the last part of its first tag's repository, else `fallback`. */
export function imageName({ name, tags = [] }: BuildRequest, fallback = "image"): string {
  if (name !== undefined) return checkedName(name);
  const [first] = tags;
  return first === undefined ? fallback : (readTag(first, 0).repository.split("/").at(-1) ?? fallback);
}

/** What a name is as text: short, and fit for the local store and for messages. */
export const namePattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

function checkedName(name: string): string {
  if (namePattern.test(name)) return name;
  throw invalid(`name ${JSON.stringify(name)}: expected letters, digits and . _ / -, at most 128`);
}

/** The tags as the user wrote them, ":latest" added where there is no tag, each once. A digest is refused. */
export function imageTags({ tags = [] }: BuildRequest): readonly string[] {
  const byReference = new Map<string, string>();
  for (const [index, text] of tags.entries()) {
    const reference = readTag(text, index);
    const tagged = reference.tag === undefined ? `${text}:latest` : text;
    const canonical = formatReference({ ...reference, tag: reference.tag ?? "latest" });
    if (!byReference.has(canonical)) byReference.set(canonical, tagged);
  }
  return [...byReference.values()];
}

function readTag(text: string, index: number): Reference {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw during(`tags[${index}]`, error);
  }
  if (reference.digest !== undefined) {
    throw invalid(`tags[${index}]: ${text} has a digest, which comes of building; write NAME:TAG`);
  }
  return reference;
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}
