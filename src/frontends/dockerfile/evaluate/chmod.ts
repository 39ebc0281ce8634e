import { invalid } from "../instructions/invalid.js";
import { quote } from "../../../model/quote.js";

/** `--chmod`: a mode for everything, or a change of the mode that something has. */
export interface ModeChange {
  /** Of an octal mode: what folders that are made on the way get too. */
  readonly fixed: number | undefined;
  apply(mode: number, isDirectory: boolean): number;
}

/** Reads an octal mode (0 to 7777) or a symbolic one ("u=rwX,go=rX"). Throws ERR_GANTRY_DOCKERFILE_INVALID. */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const fixed = Number.parseInt(text, 8);
    return { fixed, apply: () => fixed };
  }
  const clauses = text.split(",").map((clause) => parseClause(clause, text));
  return {
    fixed: undefined,
    apply: (mode, isDirectory) => clauses.reduce((now, change) => change(now, isDirectory), mode),
  };
}

type Change = (mode: number, isDirectory: boolean) => number;

const shifts = { u: 6, g: 3, o: 0 } as const;
type Who = keyof typeof shifts;

function parseClause(clause: string, whole: string): Change {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
  if (match === null) {
    throw invalid(
      `invalid chmod parameter: ${quote(whole)}. it should be octal string and between 0 and 07777, or symbolic as in "u=rwX,go=rX"`,
    );
  }
  const [, named = "", actions = ""] = match;
  const whom = named === "" || named.includes("a") ? (["u", "g", "o"] as const) : ([...named] as Who[]);
  const changes = [...actions.matchAll(/([-+=])([rwxXst]*|[ugo])/g)].map(
    ([, operator, what]): Change =>
      (mode, isDirectory) =>
        act(operator!, { mode, whom, bits: bitsOf(what!, { mode, whom, isDirectory }) }),
  );
  return (mode, isDirectory) => changes.reduce((now, change) => change(now, isDirectory), mode);
}

/** The bits that an action is about, in place. */
function bitsOf(
  what: string,
  {
    mode,
    whom,
    isDirectory,
  }: { readonly mode: number; readonly whom: readonly Who[]; readonly isDirectory: boolean },
): number {
  if (what === "u" || what === "g" || what === "o") {
    const copied = (mode >> shifts[what]) & 7;
    return whom.reduce((bits, who) => bits | (copied << shifts[who]), 0);
  }
  const anyExecutes = (mode & 0o111) !== 0;
  let bits = 0;
  for (const letter of what) {
    if (letter === "s") bits |= (whom.includes("u") ? 0o4000 : 0) | (whom.includes("g") ? 0o2000 : 0);
    else if (letter === "t") bits |= whom.includes("o") ? 0o1000 : 0;
    else if (letter !== "X" || isDirectory || anyExecutes) {
      const bit = letter === "r" ? 4 : letter === "w" ? 2 : 1;
      for (const who of whom) bits |= bit << shifts[who];
    }
  }
  return bits;
}

function act(
  operator: string,
  { mode, whom, bits }: { readonly mode: number; readonly whom: readonly Who[]; readonly bits: number },
): number {
  if (operator === "+") return mode | bits;
  if (operator === "-") return mode & ~bits;
  const special = (whom.includes("u") ? 0o4000 : 0) | (whom.includes("g") ? 0o2000 : 0);
  const covered = whom.reduce((all, who) => all | (7 << shifts[who]), special);
  return (mode & ~covered) | bits;
}
