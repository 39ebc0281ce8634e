import type { Hasher } from "./digest.js";

/**
 * A stretch of work that has a thread or a connection to itself. There are several for each MiB of a layer, so spans are
 * not events: they are told to whoever asks by `onSpan`, and cost nothing where nobody does. They carry no time, a
 * reader stamps them as they begin and end, both synchronously.
 */
export interface Span {
  /**
   * "list": folders listed by a thread; "segment": framed and packed by one; "hash": bytes hashed on the main thread;
   * "request": to a registry or its token server.
   */
  readonly kind: "list" | "segment" | "hash" | "request";
  /** Whose work it is: "worker 1", "main thread", or a host. Only spans of a host run side by side, on connections of their own. */
  readonly lane: string;
  /** "app/node_modules/a/index.js" (where a segment or list begins), "raw", "GET /v2/app/manifests/1" (secrets redacted). */
  readonly name: string;
}

/**
 * What a span's time goes into: of a segment frame and compress; of a request send, and source while its own bytes are
 * waited for, in turns, then wait and receive.
 */
export type SpanPhase = "list" | "frame" | "compress" | "hash" | "send" | "source" | "wait" | "receive";

/** What came of a span. */
export interface SpanEnd {
  /** Bytes read by the work: raw ones of a segment, of a request's answer. Headers are not counted. */
  readonly bytesIn?: number;
  /** Bytes it made: packed ones of a segment, of a request's body. */
  readonly bytesOut?: number;
  /** Of a request that was answered. */
  readonly status?: number;
  /** Milliseconds of each phase by the clock of the thread that worked, the last of them until now: it was heard of no sooner. */
  readonly took?: Readonly<Partial<Record<SpanPhase, number>>>;
}

/** A span under way; to be ended once. */
export interface RunningSpan {
  /** The next phase begins, the one before has ended. */
  phase(name: SpanPhase): void;
  end(outcome?: SpanEnd): void;
}

/** Is called as a span begins, in its first phase where it tells phases as they come. */
export type OnSpan = (span: Span, first?: SpanPhase) => RunningSpan;

/** The lane of what is done where the library was called. */
export const mainThread = "main thread";

/** The hasher, with each of its updates as a span of this thread; itself where nobody listens. */
export function toldHasher(hasher: Hasher, onSpan: OnSpan | undefined, name: string): Hasher {
  if (onSpan === undefined) return hasher;
  return {
    update(bytes) {
      const span = onSpan({ kind: "hash", lane: mainThread, name }, "hash");
      hasher.update(bytes);
      span.end({ bytesIn: bytes.length });
    },
    digest: () => hasher.digest(),
  };
}
