import { GantryError } from "../index.js";
import type { Input } from "./terminal.js";

/** A process's standard input: read whole, as it comes, or a line typed at a terminal. */
export function readInput(stdin: NodeJS.ReadStream, echo: NodeJS.WriteStream): Input {
  return {
    isTTY: stdin.isTTY === true,
    bytes: () => stdin as AsyncIterable<Uint8Array>,
    readAll: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
    readLine: () => typedLine(stdin),
    readSecret: async () => {
      stdin.setRawMode?.(true);
      try {
        return await typedLine(stdin);
      } finally {
        stdin.setRawMode?.(false);
        echo.write("\n");
      }
    },
  };
}

/** Reads up to the end of a line. In raw mode the keys that a terminal would act on come as bytes: ctrl-C, erase, ctrl-D. */
function typedLine(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = "";
    const end = (settle: () => void) => {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.pause();
      settle();
    };
    const onEnd = () => end(() => resolve(line));
    const onData = (chunk: Buffer) => {
      for (const key of chunk.toString("utf8")) {
        if (key === "\u0003")
          return end(() => reject(new GantryError("ERR_GANTRY_INTERRUPTED", "interrupted")));
        if (key === "\r" || key === "\n" || key === "\u0004") return end(() => resolve(line));
        if (key === "\u007f" || key === "\b") line = line.slice(0, -1);
        else line += key;
      }
    };
    stdin.on("data", onData);
    stdin.on("end", onEnd);
    stdin.resume();
  });
}
