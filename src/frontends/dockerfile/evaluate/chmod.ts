import { invalid } from "../instructions/invalid.js";

/** `--chmod`: a mode for everything, or a change of the mode that something has. */
export interface ModeChange {
  /** Of an octal mode: what folders that are made on the way get too. */
  readonly fixed: number | undefined;
  apply(mode: number, isDirectory: boolean): number;
}

/**
 * Reads an octal mode (0 to 7777) or a symbolic one ("u=rwX,go=rX") as BSD's setmode(3) reads it with no umask: `X`
 * asks the mode that was there first, permissions and copies may be mixed ("g=u-w", "o=gx"), and `t` belongs to anyone
 * but others alone. Throws ERR_GANTRY_DOCKERFILE_INVALID.
 */
export function parseModeChange(text: string): ModeChange {
  if (/^\d/.test(text)) {
    const fixed = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
    if (!(fixed <= 0o7777))
      throw invalid(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
    return { fixed, apply: () => fixed };
  }
  const steps = text.split(",").flatMap((clause) => parseClause(clause, text));
  return {
    fixed: undefined,
    apply: (before, isDirectory) => {
      const executes = isDirectory || (before & 0o111) !== 0;
      return steps.reduce((mode, step) => step(mode, executes), before);
    },
  };
}

/** A change of a mode; `executes` is whether `X` means anything. */
type Step = (mode: number, executes: boolean) => number;

const shifts = { u: 6, g: 3, o: 0 } as const;
const everyone = 0o6777;
const masks: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o007, a: everyone };
const permissions: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000 };
const sticky = 0o1000;

function parseClause(clause: string, whole: string): readonly Step[] {
  const match = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
  if (match === null) {
    throw invalid(`invalid chmod parameter: '${whole}'. invalid syntax: it is octal, or as in u=rwX,go=rX`);
  }
  const [, whom = "", actions = ""] = match;
  const who = [...whom].reduce((bits, letter) => bits | masks[letter]!, 0);
  return [...actions.matchAll(/([-+=])(\w*)/g)].flatMap(([, operator, letters]) =>
    parseAction(operator!, letters!, who),
  );
}

/** One operator and its letters: permissions are gathered until a letter copies those of a class. */
function parseAction(operator: string, letters: string, named: number): readonly Step[] {
  const steps: Step[] = [];
  let [who, bits, ifExecutes, isSet] = [named, 0, 0, operator !== "="];
  const flush = () => {
    if (bits !== 0 || !isSet) steps.push(change(operator, who, bits));
    if (bits !== 0) isSet = true;
    if (ifExecutes !== 0) {
      const mask = ifExecutes & (who || ~0);
      steps.push((mode, executes) => (executes ? mode | mask : mode));
    }
    [bits, ifExecutes] = [0, 0];
  };
  const othersAlone = named !== 0 && (named & ~0o007) === 0;
  for (const letter of letters) {
    if (letter === "u" || letter === "g" || letter === "o") {
      if (bits === 0) isSet = true;
      flush();
      steps.push(copy(operator, who, letter));
    } else if (letter === "t") {
      if (!othersAlone) [who, bits] = [who | sticky, bits | sticky];
    } else if (letter === "X" && operator !== "-") ifExecutes = 0o111;
    else if (letter !== "s" || !othersAlone) bits |= permissions[letter.toLowerCase()]!;
  }
  flush();
  return steps;
}

function change(operator: string, who: number, bits: number): Step {
  const meant = bits & (who || ~0);
  if (operator === "-") return (mode) => mode & ~meant;
  const cleared = operator === "=" ? who || everyone : 0;
  return (mode) => (mode & ~cleared) | meant;
}

/** What a class may, for others: the special bits are left alone. */
function copy(operator: string, who: number, from: keyof typeof shifts): Step {
  const classes = (["u", "g", "o"] as const).filter((each) => who === 0 || (who & (4 << shifts[each])) !== 0);
  return (mode) => {
    const value = (mode >> shifts[from]) & 7;
    const bits = (each: number) => classes.reduce((all, name) => all | (each << shifts[name]), 0);
    if (operator === "-") return mode & ~bits(value);
    return (operator === "=" ? mode & ~bits(7) : mode) | bits(value);
  };
}
