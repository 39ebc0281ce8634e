/** What makes the same matcher again, on another thread: patterns as .dockerignore has them, or what alone is kept. */
export type Matching = { readonly patterns: readonly string[] } | { readonly only: string };

/** What was said of a path: enough to judge what is in it. */
export interface MatchState {
  readonly ignored: boolean;
  /** By pattern, whether it matched this path or a folder it is in. Absent where no pattern is an exception. */
  readonly matched?: Uint8Array;
}
