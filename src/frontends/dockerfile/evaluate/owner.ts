import { GantryError, suggest } from "../../../errors.js";
import type { FileTree } from "../../../plan/file-tree.js";
import { invalid } from "../instructions/invalid.js";
import { quote } from "../../../model/quote.js";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whose files are that nobody else is said to have. */
export const rootOwner: Owner = { uid: 0, gid: 0 };

/**
 * Who `user[:group]` is. A number is an id, "root" is 0; other names are looked up in the files that the stage has now.
 * Without a group, or with an empty one, it is the user's own: of a number the same number, of a name the one in passwd.
 * A name that is nobody's is an error that lists who there is, where BuildKit silently takes root.
 */
export async function findOwner(text: string, tree: () => Promise<FileTree>): Promise<Owner> {
  const [user = "", group, ...more] = text.split(":");
  if (more.length > 0) throw invalid(`invalid owner ${quote(text)}: expected user or user:group`);
  const { uid, gid } = await findUser(user, tree);
  if (group === undefined || group === "") return { uid, gid };
  return { uid, gid: numberOf(group) ?? (await findGroup(group, tree)) };
}

/** Whether `user[:group]` has a name that is to be looked up. */
export function isByName(text: string): boolean {
  return text.split(":").some((part) => part !== "" && part !== "root" && numberOf(part) === undefined);
}

async function findUser(name: string, tree: () => Promise<FileTree>): Promise<Owner> {
  const id = name === "" ? 0 : numberOf(name);
  if (id !== undefined) return { uid: id, gid: name === "" ? 0 : id };
  if (name === "root") return rootOwner;
  const users = await readFields(await tree(), "etc/passwd");
  const found = users.find(([known]) => known === name);
  if (found === undefined) throw unknown("user", name, users);
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

async function findGroup(name: string, tree: () => Promise<FileTree>): Promise<number> {
  if (name === "root") return 0;
  const groups = await readFields(await tree(), "etc/group");
  const found = groups.find(([known]) => known === name);
  if (found === undefined) throw unknown("group", name, groups);
  return Number(found[2]);
}

function numberOf(text: string): number | undefined {
  if (!/^\+?\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > 2 ** 31 - 1) throw invalid(`invalid owner ${quote(text)}: the largest id is ${2 ** 31 - 1}`);
  return id;
}

async function readFields(tree: FileTree, path: string): Promise<readonly (readonly string[])[]> {
  const bytes = await tree.read(path);
  const lines = Buffer.from(bytes ?? [])
    .toString("utf8")
    .split("\n");
  return lines.map((line) => line.trim().split(":")).filter((fields) => fields.length > 2);
}

function unknown(kind: "user" | "group", name: string, known: readonly (readonly string[])[]): GantryError {
  const file = kind === "user" ? "/etc/passwd" : "/etc/group";
  const names = known.map(([each]) => each!);
  const there =
    names.length === 0
      ? `the image has no ${file}: use a number`
      : `${file} has ${names.slice(0, 12).join(", ")}${names.length > 12 ? " and others" : ""}${suggest(name, names)}`;
  return invalid(`no ${kind} ${quote(name)}: ${there}`);
}
