/** A clock that stands still until it is told to go on, and a writer that keeps each write. */
export function fakeOutput(): {
  readonly now: () => number;
  readonly write: (text: string) => void;
  readonly advance: (milliseconds: number) => void;
  readonly writes: { readonly at: number; readonly text: string }[];
  readonly text: () => string;
} {
  let time = 5000;
  const writes: { readonly at: number; readonly text: string }[] = [];
  return {
    now: () => time,
    write: (text) => void writes.push({ at: time, text }),
    advance: (milliseconds) => void (time += milliseconds),
    writes,
    text: () => writes.map(({ text }) => text).join(""),
  };
}
