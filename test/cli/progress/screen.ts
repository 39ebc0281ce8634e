/** What a terminal of so many columns shows after the text: lines, carriage returns, "up" and "clear to the end". */
export function screenOf(text: string, columns: number): readonly string[] {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;
  const put = (character: string) => {
    if (column === columns) [row, column] = [row + 1, 0];
    const line = (rows[row] ?? "").padEnd(column);
    rows[row] = line.slice(0, column) + character + line.slice(column + 1);
    column++;
  };
  const command = (name: string, count: number) => {
    if (name === "A") row = Math.max(0, row - count);
    else if (name === "J") {
      rows.length = row + 1;
      rows[row] = (rows[row] ?? "").slice(0, column);
    } else if (name !== "m") throw new Error(`the test's terminal knows no "${name}"`);
  };
  for (const [, count, name, character] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|([\s\S])/g)) {
    if (name !== undefined) command(name, Number(count));
    else if (character === "\r") column = 0;
    else if (character === "\n") {
      row++;
      column = 0;
      rows[row] ??= "";
    } else put(character!);
  }
  const lines = rows.map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
