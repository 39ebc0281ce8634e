import { GantryError } from "../errors.js";
import { fold } from "./json.js";
import { quote } from "./quote.js";

/** A place in a JSON document, for messages: `what` names the document, `path` the field ("layers[2].digest"). */
export interface At {
  readonly what: string;
  readonly path: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The place of a field or item of what is at `at`. */
export function inside({ what, path }: At, key: string | number): At {
  if (typeof key === "number") return { what, path: `${path}[${key}]` };
  return { what, path: path === "" ? key : `${path}.${key}` };
}

/** An error that names document and field and says what was expected there (ERR_GANTRY_MANIFEST_INVALID). */
export function unexpected({ what, path }: At, value: unknown, expected: string): GantryError {
  const field = path === "" ? "it" : quote(path);
  const got = value === undefined ? "is missing" : `is ${show(value)}`;
  return new GantryError("ERR_GANTRY_MANIFEST_INVALID", `${what}: ${field} ${got}, expected ${expected}`);
}

function show(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

export function asObject(value: unknown, at: At): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unexpected(at, value, "an object");
  return value as JsonObject;
}

/** An array, each item read by `item`. What Go writes for an empty list, null, is one; a missing one is not. */
export function asArray<T>(value: unknown, at: At, item: (value: unknown, at: At) => T): readonly T[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw unexpected(at, value, "an array");
  return value.map((each, index) => item(each, inside(at, index)));
}

/** An object of one kind of values; null is an empty one. Keys such as "__proto__" stay ordinary keys. */
export function asMap<T>(
  value: unknown,
  at: At,
  item: (value: unknown, at: At) => T,
): Readonly<Record<string, T>> {
  if (value === null) return {};
  const entries = Object.entries(asObject(value, at));
  return Object.fromEntries(entries.map(([key, each]) => [key, item(each, inside(at, key))]));
}

export function asString(value: unknown, at: At): string {
  if (typeof value !== "string") throw unexpected(at, value, "a string");
  return value;
}

export function asBoolean(value: unknown, at: At): boolean {
  if (typeof value !== "boolean") throw unexpected(at, value, "true or false");
  return value;
}

/** A whole number from 0 to 2^53 - 1: what JavaScript can count without loss. */
export function asCount(value: unknown, at: At): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw unexpected(at, value, "a whole number from 0 to 9007199254740991");
  }
  return value;
}

/** `{ [key]: read value }`, or `{}` where the field is missing or null: to be spread into the result. */
export function optional<K extends string, T>(
  object: JsonObject,
  key: K,
  at: At,
  read: (value: unknown, at: At) => T,
): { readonly [key in K]?: T } {
  const value = object[key];
  if (value === undefined || value === null) return {};
  return { [key]: read(value, inside(at, key)) } as { [key in K]?: T };
}

/**
 * Refuses keys that are one of the known fields but for their case: a reader in Go would take them for it and see
 * another document than we do (GHSA-mc8v-mgrf-8f4m).
 */
export function refuseCaseVariants(object: JsonObject, known: readonly string[], at: At): void {
  const exact = new Set(known);
  const folded = new Map(known.map((name) => [fold(name), name]));
  for (const key of Object.keys(object)) {
    const name = folded.get(fold(key));
    if (name === undefined || exact.has(key)) continue;
    throw new GantryError(
      "ERR_GANTRY_MANIFEST_INVALID",
      `${at.what}: the key ${quote(inside(at, key).path)} is ambiguous, expected "${name}" exactly`,
    );
  }
}
