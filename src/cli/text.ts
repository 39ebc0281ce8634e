/**
 * Text from outside (file names, a registry's messages) made safe for a terminal: control characters, which could move
 * the cursor or hide text, become "?". Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    "?",
  );
}

/** A text, indented, and below it a caret at one of its characters; a long text is shown around it. */
export function pointAt({ text, offset }: { readonly text: string; readonly offset: number }): string {
  const start = Math.max(0, offset - 60);
  const shown = text.slice(start, start + 80).replace(/[^\x20-\x7e]/g, "?");
  return `  ${shown}\n  ${" ".repeat(offset - start)}^`;
}

/** Bytes in decimal units, as registries and docker count them: "812 B", "1.2 kB", "52 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = "B";
  for (const next of ["kB", "MB", "GB", "TB"]) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Milliseconds: "0.4s", "12.3s", "2m05s". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
}

/** "1 blob", "2 blobs". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Columns a text takes at most: anything but ASCII is counted as two, which never overflows a line. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! < 0x80 ? 1 : 2;
  return width;
}

/** The text cut to so many columns, ending in "..." where something is missing. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - Math.min(3, columns);
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > room) break;
    kept += character;
  }
  return kept + "...".slice(0, columns);
}

/** Rows as aligned columns, two spaces apart; the columns named in `right` are aligned to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
