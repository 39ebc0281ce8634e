import type { BaseIssue } from "valibot";

/** Something wrong with a value. Texts never hold values: they may be secrets. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** Where to look in the file, if not at the path: the unknown field itself. */
  readonly at?: readonly PropertyKey[];
  /** "expected a string, got a number". */
  readonly text: string;
}

/** The problems that a failed check found, each at the deepest place that is known. */
export function flattenIssues(
  issues: readonly BaseIssue<unknown>[],
  above: readonly PropertyKey[] = [],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...(issue.path ?? []).map(({ key }) => key as PropertyKey)];
    // An alternative that failed inside is the one that was meant; one that failed at once is not.
    const inside = issue.type === "union" ? issue.issues?.filter((sub) => sub.path !== undefined) : undefined;
    if (inside !== undefined && inside.length > 0) return flattenIssues(inside, path);
    if (issue.expected === "never") return [{ path: path.slice(0, -1), at: path, text: issue.message }];
    return [{ path, text: textOf(issue) }];
  });
}

function textOf(issue: BaseIssue<unknown>): string {
  if (issue.type === "strict_object" && issue.path !== undefined) return "is missing";
  if (issue.kind === "validation") return `expected ${issue.message}`;
  const expected = (issue.expected ?? "something else").replace(/^\(|\)$/g, "").split(" | ");
  return `expected ${expected.map((type) => expectedNames[type] ?? type).join(" or ")}, got ${typeName(issue.input)}`;
}

const expectedNames: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  Array: "a list",
  Object: "a map",
  Uint8Array: "bytes",
};

/** What a value is, in the words of messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return value === null ? "nothing (null)" : "undefined";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return isPlain(value) ? "a map" : `an object of ${value.constructor.name}`;
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}

/** Whether an object is one that `{}` or JSON makes, in whatever realm. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value));
}

/** Names that JavaScript's objects have a meaning of their own for: none is a sensible variable, label or file. */
export function refusedKeys(value: unknown): Problem[] {
  const refused = new Set(["__proto__", "constructor", "prototype"]);
  const found: Problem[] = [];
  visit(value, (path, key) => {
    if (refused.has(key)) found.push({ path, text: `${JSON.stringify(key)} cannot be a name here` });
  });
  return found;
}

/** Modes that JSON or YAML wrote as numbers: 0644 there is six hundred and forty-four. */
export function numericModes(value: unknown): Problem[] {
  const found: Problem[] = [];
  visit(value, (path, key, child) => {
    const inFile = key === "mode" && path.at(-2) === "files" && typeof child === "number";
    if (inFile)
      found.push({
        path: [...path, key],
        text: 'expected permission bits in quotes, like "0644", got a number',
      });
  });
  return found;
}

/** Visits what plain objects and lists hold, each once: aliases can make a value its own part. */
function visit(
  root: unknown,
  see: (path: readonly PropertyKey[], key: string, child: unknown) => void,
): void {
  const seen = new Set<unknown>();
  const waiting: { readonly value: unknown; readonly path: readonly PropertyKey[] }[] = [
    { value: root, path: [] },
  ];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { value, path } = at;
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) continue;
    seen.add(value);
    for (const [key, child] of Object.entries(value)) {
      if (!Array.isArray(value)) see(path, key, child);
      waiting.push({ value: child, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
}

/** A path as JavaScript writes it: `images.app.files["/app"].mode`, `tags[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}
