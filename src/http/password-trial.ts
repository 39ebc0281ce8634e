import type { HttpResponse } from "./send.js";

/** Runs requests that carry a password; undefined where the password was refused before and is not sent again. */
export type PasswordTrial = (
  repository: string,
  send: () => Promise<HttpResponse>,
) => Promise<HttpResponse | undefined>;

/**
 * A password that has not been accepted yet is sent by one request at a time, the others wait for what comes of it. Once
 * refused, it is not sent again for that repository: wrong ones sent in parallel lock accounts.
 */
export function createPasswordTrial(): PasswordTrial {
  const accepted = new Map<string, boolean>();
  const trials = new Map<string, Promise<void>>();
  return async (repository, send) => {
    while (!accepted.has(repository)) {
      const running = trials.get(repository);
      if (running !== undefined) {
        await running;
        continue;
      }
      const sent = send();
      const settle = ({ status }: HttpResponse) => {
        if (status !== 429 && status < 500) accepted.set(repository, status !== 401);
      };
      const trial = sent.then(settle, () => undefined).finally(() => trials.delete(repository));
      trials.set(repository, trial);
      return sent;
    }
    return accepted.get(repository) === true ? send() : undefined;
  };
}
