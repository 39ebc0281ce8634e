/** What a registry demands (RFC 9110 section 11.6.1). Parameter names are lower case. */
export interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** The challenge to answer among those of a WWW-Authenticate header: bearer before basic, others are passed over. */
export function selectChallenge(header: string | undefined): Challenge | undefined {
  const challenges = header === undefined ? [] : parseChallenges(header);
  return (
    challenges.find(({ scheme }) => scheme === "bearer") ??
    challenges.find(({ scheme }) => scheme === "basic")
  );
}

const separator = /[\s,]*/y;
const word = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const assignment = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))/y;

/** Reads `Scheme name="value", name=value, Scheme ...`; what does not fit ends the reading. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(separator);
    const name = take(word)?.[0].toLowerCase();
    if (name === undefined) break;
    const value = take(assignment);
    if (value === null) challenges.push({ scheme: name, parameters: {} });
    else if (challenges.length > 0)
      challenges.at(-1)!.parameters[name] = value[1]?.replace(/\\(.)/g, "$1") ?? value[2]!;
  }
  return challenges.flatMap(({ scheme, parameters }) =>
    scheme === "basic" || scheme === "bearer" ? [{ scheme, parameters }] : [],
  );
}
