import type { Credential } from "./credentials.js";
import { TransportFailure } from "./errors.js";
import type { HttpResponse } from "./send.js";

/** The most of a refusal's body that is read, in bytes. */
const refusalLimit = 65_536;

/** A text without the secrets that were told, in any of the ways in which a server may echo them. */
export interface Redactor {
  add(...secrets: readonly string[]): void;
  /** A response without the secrets, where messages show it: some headers, and of a refusal (400 and up) the body. */
  clean(response: HttpResponse): Promise<HttpResponse>;
}

/** Headers that are only ever shown; in others a password that is a common word may stand for itself. */
const shownHeaders = ["warning", "x-request-id", "docker-request-id"];

/** Below this a text is found everywhere by chance, and is no secret. */
const shortest = 4;

/** Remembers the secrets that were sent to a server, and takes them out of what it says about a refusal. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  const redact = (text: string): string => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, "REDACTED");
    return clean;
  };
  return {
    add(...secrets) {
      for (const secret of secrets) {
        for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
          if (form.length >= shortest) known.add(form);
      }
    },
    async clean(response) {
      const headers = shownHeaders.flatMap((name) => {
        const value = response.headers[name];
        return value === undefined ? [] : [[name, redact(value)] as const];
      });
      const clean = { ...response, headers: { ...response.headers, ...Object.fromEntries(headers) } };
      if (response.status < 400) return clean;
      const body = Buffer.from(redact(unescapeAscii(await bodyText(response))));
      return {
        ...clean,
        body: (async function* () {
          if (body.length > 0) yield body;
        })(),
        discard: () => undefined,
      };
    },
  };
}

/** What proves a user, as it goes over the wire: to be told to a redactor before it is sent. */
export function secretsOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  if (credential.type === "registry-token") return [credential.token];
  const { password } = credential.type === "password" ? { password: credential } : credential;
  const own = credential.type === "identity-token" ? [credential.token] : [];
  return password === undefined ? own : [...own, basicToken(password), password.password];
}

/** The value that follows "Basic " (RFC 7617). */
export function basicToken({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

/** The body as far as it comes: a refusal whose text breaks off is a refusal all the same. */
async function bodyText({ body }: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      if ((size += chunk.length) >= refusalLimit) break;
    }
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, refusalLimit));
}

/** JSON may spell any letter as an escape, and so hide a secret from the search. */
function unescapeAscii(text: string): string {
  return text.replace(/\\u00([2-7][0-9a-f])/gi, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w+/=.:~-]/.test(character) ? character : escape;
  });
}
