/**
 * What a build tells while it runs. Terminal bars, plain log, rawjson and the timing table are all readers of this
 * stream; traces read spans beside it. Events carry no time: a reader stamps them as they come, they are delivered
 * synchronously.
 */
export type GantryEvent = StepStarted | StepProgress | StepOutput | StepEnded | Warning;

/** A named piece of work began. `id` is unique within the process. */
export interface StepStarted {
  readonly type: "step-start";
  readonly id: number;
  /** What the step belongs to: the name of the image, where there is one. */
  readonly image?: string;
  /** What is done, in the user's words: "layer /app", "push localhost:5000/app", "base debian:12-slim". */
  readonly name: string;
  readonly kind: StepKind;
}

/** Bytes done so far (acknowledged, so that a retry is not counted twice) of the total, where it is known. */
export interface StepProgress {
  readonly type: "step-progress";
  readonly id: number;
  readonly current: number;
  readonly total?: number;
}

/** A line that a program wrote which the step runs: without its end, and as the program wrote it. */
export interface StepOutput {
  readonly type: "step-output";
  readonly id: number;
  readonly line: string;
}

/** A step ended. `note` says what came of it in a few words: "sha256:1234…", "cached", "mounted", "3 blobs, 12 MB". */
export interface StepEnded {
  readonly type: "step-end";
  readonly id: number;
  readonly status: "done" | "cached" | "failed";
  readonly note?: string;
}

/** Something the user should know that does not stop the work. `code` is stable. */
export interface Warning {
  readonly type: "warning";
  readonly image?: string;
  readonly code: string;
  readonly message: string;
}

export type StepKind =
  | "load"
  | "base"
  | "run"
  | "walk"
  | "layer"
  | "upload"
  | "download"
  | "manifest"
  | "push"
  | "output"
  | "other";

export type OnEvent = (event: GantryEvent) => void;

/** The last parameter of every function that does I/O. */
export interface IoOptions {
  /** Stops the work: the function rejects with the signal's reason, having cleaned up. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/** A running step; tell it bytes, then end it once. */
export interface Step {
  progress(current: number, total?: number): void;
  output(line: string): void;
  end(note?: string, status?: "done" | "cached"): void;
  fail(note?: string): void;
}

let nextId = 1;

/** Begins a step and returns its handle. Costs nothing where nobody listens. */
export function startStep(
  onEvent: OnEvent | undefined,
  {
    name,
    kind,
    image,
  }: { readonly name: string; readonly kind: StepKind; readonly image?: string | undefined },
): Step {
  const id = nextId++;
  onEvent?.({ type: "step-start", id, name, kind, ...(image === undefined ? {} : { image }) });
  const end = (status: StepEnded["status"], note: string | undefined) =>
    onEvent?.({ type: "step-end", id, status, ...(note === undefined ? {} : { note }) });
  return {
    progress: (current, total) =>
      onEvent?.({ type: "step-progress", id, current, ...(total === undefined ? {} : { total }) }),
    output: (line) => onEvent?.({ type: "step-output", id, line }),
    end: (note, status = "done") => end(status, note),
    fail: (note) => end("failed", note),
  };
}

/** Runs work as a step: failed if it throws, ended with the note that `describe` makes of its result otherwise. */
export async function inStep<T>(
  onEvent: OnEvent | undefined,
  about: { readonly name: string; readonly kind: StepKind; readonly image?: string | undefined },
  work: (step: Step) => Promise<T>,
  describe?: (result: T) => string | undefined,
): Promise<T> {
  const step = startStep(onEvent, about);
  try {
    const result = await work(step);
    step.end(describe?.(result));
    return result;
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** The same listener, with every step and warning marked as belonging to an image. */
export function forImage(onEvent: OnEvent | undefined, image: string): OnEvent | undefined {
  if (onEvent === undefined) return undefined;
  return (event) =>
    onEvent(event.type === "step-start" || event.type === "warning" ? { image, ...event } : event);
}
