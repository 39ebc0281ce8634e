/** Nanoseconds of each unit that Go writes durations in (time.ParseDuration). */
export const nanosecondsOf: Readonly<
  Record<"ns" | "us" | "\u00b5s" | "\u03bcs" | "ms" | "s" | "m" | "h", number>
> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
