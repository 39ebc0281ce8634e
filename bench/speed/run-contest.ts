import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { measure, run as runCommand, type Sample } from "./measure.js";
import { createEnds, startCountingRegistry, startRealRegistry, type Traffic } from "./registries.js";
import type { Contender, Contest, Run } from "./contest.js";

/** What came of one contender. */
export interface Outcome {
  readonly name: string;
  /** Of the timed rounds, in order. */
  readonly samples: readonly Sample[];
  readonly traffic?: Traffic | undefined;
  /** Why it took no part, or stopped. */
  readonly skipped?: string | undefined;
  readonly failed?: string | undefined;
}

export interface ContestOptions {
  readonly runs: number;
  /** Whether requests are counted, in one more run of each contender. */
  readonly counting: boolean;
  /** The folder for what runs leave; made where missing. */
  readonly folder: string;
  /** Told what is going on, a line at a time. */
  readonly onLine: (line: string) => void;
}

/** One round to warm up, then so many timed ones; in each round every contender runs once. One that fails stops alone. */
export async function runContest(contest: Contest, options: ContestOptions): Promise<Outcome[]> {
  const racers = contest.contenders.map((contender) => new Racer(contest, contender, options));
  const rounds = Math.min(options.runs, contest.most ?? options.runs);
  // One run alone is for memory or a trial: what warms up would double it.
  const warmUp = rounds > 1 ? 1 : 0;
  for (let round = 1 - warmUp; round <= rounds; round++) {
    for (const racer of racers) await racer.race(round, rounds);
  }
  if (options.counting) for (const racer of racers) await racer.count();
  for (const racer of racers) racer.close();
  return racers.map((racer) => racer.outcome());
}

class Racer {
  readonly #contest: Contest;
  readonly #contender: Contender;
  readonly #options: ContestOptions;
  readonly #kept: string;
  readonly #samples: Sample[] = [];
  #traffic: Traffic | undefined;
  #failed: string | undefined;

  constructor(contest: Contest, contender: Contender, options: ContestOptions) {
    this.#contest = contest;
    this.#contender = contender;
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#kept = mkdtempSync(join(options.folder, "kept-"));
  }

  async race(round: number, rounds: number): Promise<void> {
    await this.#attempt(async (folder, ends) => {
      const run = { host: await startRealRegistry(ends), folder, kept: this.#kept };
      await this.#contender.prepare?.(run);
      // What earlier runs wrote goes to the disk now and not during this one.
      spawnSync("sync");
      const sample = await this.#timed(run);
      if (round > 0) this.#samples.push(sample);
      const which = round > 0 ? `${round}/${rounds}` : "warm-up";
      this.#say(`${which}: ${sample.seconds.toFixed(3)} s`);
    });
  }

  async count(): Promise<void> {
    await this.#attempt(async (folder, ends) => {
      const { host, traffic } = await startCountingRegistry(ends, folder);
      const run = { host, folder, kept: this.#kept };
      await this.#contender.prepare?.(run);
      const before = { ...traffic };
      await runCommand(this.#contender.command(run));
      this.#traffic = {
        requests: traffic.requests - before.requests,
        bytesSent: traffic.bytesSent - before.bytesSent,
      };
      this.#say(`${this.#traffic.requests} requests, ${this.#traffic.bytesSent} bytes`);
    });
  }

  outcome(): Outcome {
    const { name, skipped } = this.#contender;
    return { name, samples: this.#samples, traffic: this.#traffic, skipped, failed: this.#failed };
  }

  close(): void {
    rmSync(this.#kept, { recursive: true, force: true });
  }

  async #timed(run: Run): Promise<Sample> {
    const sample = await measure(this.#contender.command(run), run.folder);
    return { ...sample, ...this.#contender.measured?.(run) };
  }

  async #attempt(
    work: (folder: string, ends: ReturnType<typeof createEnds>) => Promise<void>,
  ): Promise<void> {
    if (this.#failed !== undefined || this.#contender.skipped !== undefined) return;
    const folder = mkdtempSync(join(this.#options.folder, "run-"));
    const ends = createEnds();
    try {
      await work(folder, ends);
    } catch (error) {
      this.#failed = (error as Error).message;
      this.#say(`FAILED: ${this.#failed}`);
    } finally {
      await ends.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #say(what: string): void {
    this.#options.onLine(`${this.#contest.name}, ${this.#contender.name}: ${what}`);
  }
}
