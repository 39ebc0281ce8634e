/** Collects the words of a text that comes in pieces. */
export interface WordSplitter {
  /** Takes a piece whose blanks separate words. */
  add(piece: string): void;
  /** Takes a piece whose blanks were quoted or escaped. */
  addWhole(piece: string): void;
  /** Loses what was collected since the last blank. */
  forget(): void;
  /** The words; there are no empty ones, also not where "" was written. */
  end(): readonly string[];
}

/** Splits at Unicode's white space, which is what Go's unicode.IsSpace knows. */
export function wordSplitter(): WordSplitter {
  const words: string[] = [];
  let pending = "";
  function flush(): void {
    if (pending !== "") words.push(pending);
    pending = "";
  }
  return {
    add(piece) {
      for (const [index, part] of piece.split(/\p{White_Space}/u).entries()) {
        if (index > 0) flush();
        pending += part;
      }
    },
    addWhole(piece) {
      pending += piece;
    },
    forget() {
      pending = "";
    },
    end() {
      flush();
      return words;
    },
  };
}
