/** Goes over a text by code points; undefined at its end. */
export interface Cursor {
  peek(): string | undefined;
  next(): string | undefined;
  /** Takes what a sticky expression matches here; "" where it does not. */
  take(expression: RegExp): string;
}

/** Starts behind a byte order mark, which Go's text/scanner swallows at the start of whatever it reads. */
export function cursorOver(text: string): Cursor {
  let offset = text.startsWith("\uFEFF") ? 1 : 0;
  function peek(): string | undefined {
    const point = text.codePointAt(offset);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }
  return {
    peek,
    next() {
      const point = peek();
      offset += point?.length ?? 0;
      return point;
    },
    take(expression) {
      expression.lastIndex = offset;
      const taken = expression.exec(text)?.[0] ?? "";
      offset += taken.length;
      return taken;
    },
  };
}

/** How Go prints a character that is not there: its code for the end of a text is no code point. */
export const noCharacter = "\uFFFD";
