import { GantryError } from "../errors.js";
import { findProgram } from "../find-program.js";
import { cleanText } from "./errors.js";

export type HelperVerb = "get" | "store" | "erase";

/** Runs docker-credential-SUFFIX; `output` is what it wrote on stdout, where helpers also write their errors. */
export type CredentialHelper = (
  suffix: string,
  verb: HelperVerb,
  input: string,
) => Promise<{ readonly status: number; readonly output: string }>;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const largestOutput = 1024 * 1024;

/**
 * Runs a credential helper (the docker-credential-helpers protocol) without a shell. The program is looked for in the
 * absolute folders of PATH. Throws ERR_GANTRY_CREDENTIALS where the name or the input is not one, where the program is
 * missing, does not end within 30 s or writes more than 1 MiB; the signal's reason where that ends it.
 */
export async function runCredentialHelper(
  suffix: string,
  verb: HelperVerb,
  {
    input,
    env,
    platform,
    timeout = 30_000,
    signal,
  }: {
    readonly input: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly platform: string;
    readonly timeout?: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly status: number; readonly output: string }> {
  if (!namePattern.test(suffix))
    throw helperError(
      cleanText(suffix, 60),
      "the name may hold only letters, digits, dot, dash and underscore",
    );
  // A line break would let a server name smuggle in a second answer.
  if (verb !== "store" && /[\u0000-\u001f\u007f]/.test(input))
    throw helperError(suffix, "the registry's name holds control characters");
  const program = await findProgram(`docker-credential-${suffix}`, { env, platform });
  if (program === undefined) throw helperError(suffix, "it is not in PATH");
  const { spawn } = await import("node:child_process");
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...env },
      shell: false,
      windowsHide: true,
    });
    const stop = (why: unknown) => {
      child.kill("SIGKILL");
      // What the helper itself started may hold its end of the pipe for ever.
      child.stdout.destroy();
      reject(why as Error);
    };
    const late = () => stop(helperError(suffix, `it did not answer within ${timeout / 1000} s`));
    const timer = setTimeout(late, timeout);
    const onAbort = () => stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const settled = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > largestOutput) stop(helperError(suffix, "it wrote more than 1 MiB"));
    });
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      settled();
      reject(helperError(suffix, error.message));
    });
    child.on("close", (status) => {
      settled();
      const text = Buffer.concat(chunks).toString("utf8").trim();
      resolve({ status: status ?? 1, output: status === 0 ? text : cleanText(text) });
    });
    child.stdin.end(input);
  });
}

function helperError(suffix: string, why: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_CREDENTIALS",
    `the credential helper docker-credential-${suffix} cannot be used: ${why}`,
  );
}
