/** Pieces that mean something in a Dockerfile. */
const pieces = [
  ...[
    "\\",
    "`",
    "\n",
    "\r\n",
    " ",
    "\t",
    "#",
    "'",
    '"',
    "$",
    "${",
    "}",
    ":-",
    "//",
    "%",
    "*",
    "**/",
    "\n!",
    "[",
    "]",
    "{",
    ",",
  ],
  ...[
    "<<E",
    "<<-E",
    "E\n",
    "FROM ",
    "ARG ",
    "ENV ",
    "COPY ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "RUN ",
    "CMD [",
    "--from=",
    "=",
  ],
  ...["\u0000", "\ufeff", "\u00e9", "\u{1f600}", "\ud800", "# escape=`\n", "# syntax=x\n"],
];

/** A text with up to four changes: pieces put in, stretches taken out, doubled or moved. */
export function mutate(text: string, random: () => number): string {
  const at = (length: number) => Math.floor(random() * (length + 1));
  let changed = text;
  for (let left = 1 + at(at(2)); left > 0; left--) {
    const [from, kind] = [at(changed.length), Math.floor(random() * 4)];
    const until = Math.min(changed.length, from + at(40));
    const piece = kind === 0 ? pieces[Math.floor(random() * pieces.length)]! : changed.slice(from, until);
    const [before, after] = [changed.slice(0, from), changed.slice(kind === 0 ? from : until)];
    if (kind === 0) changed = before + piece + after;
    else if (kind === 1) changed = before + after;
    else if (kind === 2) changed = before + piece.repeat(2 + at(30)) + after;
    else changed = after + piece + before;
  }
  return changed;
}
