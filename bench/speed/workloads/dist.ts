import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const files = 20;

/** The application's own 20 small files, `dist`, beside what seldom changes. */
export function writeDist(folder: string): void {
  mkdirSync(join(folder, "dist"));
  for (let file = 0; file < files; file++) writeFile(folder, file, `file ${file}`);
}

/** Changes one of them, to what it never was before. */
export function changeDist(folder: string): void {
  writeFile(folder, 7, randomUUID());
}

function writeFile(folder: string, file: number, what: string): void {
  const line = (number: number) => `export const value${number} = ${JSON.stringify(what)};\n`;
  const text = Array.from({ length: 100 }, (_, number) => line(number)).join("");
  writeFileSync(join(folder, "dist", `module-${file}.js`), text);
}
