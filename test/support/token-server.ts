import {
  createHash,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a user may do: repository name (or "*") to actions. */
export type Grants = Readonly<Record<string, readonly string[]>>;

export interface TokenServerOptions {
  /** Password and grants by user; the user "" is everybody who gives no password. */
  readonly users: Readonly<Record<string, { readonly password: string; readonly grants: Grants }>>;
  readonly service?: string;
  /** Seconds a token lasts; undefined leaves `expires_in` out. */
  readonly lifetime?: number | undefined;
  /** The name of the token's field. */
  readonly field?: "token" | "access_token";
  /** A key whose certificate a registry trusts; one of its own otherwise. */
  readonly key?: KeyObject;
  /** Answers instead of the server where it returns a status. */
  readonly refuse?: (request: TokenRequestSeen) => number | undefined;
}

export interface TokenRequestSeen {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly parameters: URLSearchParams;
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly requests: readonly TokenRequestSeen[];
  /** The WWW-Authenticate header of a registry that needs a scope. */
  challenge(scope?: string): string;
  /** Whether an Authorization header carries a live token for all of the scope. */
  allows(authorization: string | undefined, scope: string): boolean;
  /** Ends the life of every token made so far. */
  revoke(): void;
  close(): Promise<void>;
}

/** Docker's token protocol, GET with a password and POST as OAuth does it, with real signed tokens. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { service = "test-registry", lifetime, field = "token" } = options;
  const key = options.key ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const requests: TokenRequestSeen[] = [];
  const live = new Map<string, { readonly until: number; readonly access: readonly Access[] }>();
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    void readText(request).then((text) => {
      const url = new URL(request.url ?? "/", "http://token.test");
      const parameters = request.method === "POST" ? new URLSearchParams(text) : url.searchParams;
      const seen = { method: request.method ?? "", authorization: request.headers.authorization, parameters };
      requests.push(seen);
      const refused = options.refuse?.(seen);
      if (refused !== undefined) return answer(refused, { details: "refused by the test" });
      const user = identify(seen, options.users);
      if (user === undefined) return answer(401, { details: "incorrect username or password" });
      const access = grant(scopesOf(parameters), options.users[user]?.grants ?? {});
      const value = sign(key, { service, user, access, lifetime: lifetime ?? 60 });
      live.set(value, { until: Date.now() + (lifetime ?? 60) * 1000, access });
      answer(200, { [field]: value, ...(lifetime === undefined ? {} : { expires_in: lifetime }) });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    realm,
    service,
    requests,
    challenge: (scope) =>
      `Bearer realm="${realm}",service="${service}"${scope === undefined ? "" : `,scope="${scope}"`}`,
    allows: (authorization, scope) => {
      const held = live.get(authorization?.replace(/^Bearer /, "") ?? "");
      const wanted = parseScope(scope);
      return (
        held !== undefined &&
        held.until > Date.now() &&
        wanted.actions.every((action) =>
          held.access.some(({ name, actions }) => name === wanted.name && actions.includes(action)),
        )
      );
    },
    revoke: () => live.clear(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The name libtrust gives a public key, by which docker's registry finds it in its certificate bundle. */
export function libtrustKeyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const bytes = createHash("sha256").update(der).digest().subarray(0, 30);
  return base32(bytes).match(/.{4}/g)!.join(":");
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

function identify(
  { authorization, parameters }: TokenRequestSeen,
  users: TokenServerOptions["users"],
): string | undefined {
  const grantType = parameters.get("grant_type");
  if (grantType === "refresh_token") {
    const name = parameters.get("refresh_token")?.replace(/^refresh-/, "") ?? "";
    return name in users ? name : undefined;
  }
  const [name = "", ...rest] =
    grantType === "password"
      ? [parameters.get("username") ?? "", parameters.get("password") ?? ""]
      : Buffer.from(authorization?.replace(/^Basic /, "") ?? "", "base64")
          .toString()
          .split(":");
  return name === "" || users[name]?.password === rest.join(":") ? name : undefined;
}

function scopesOf(parameters: URLSearchParams): Access[] {
  return parameters
    .getAll("scope")
    .flatMap((scope) => scope.split(" "))
    .filter((scope) => scope !== "")
    .map(parseScope);
}

function parseScope(scope: string): Access {
  const [type = "", ...rest] = scope.split(":");
  return { type, name: rest.slice(0, -1).join(":"), actions: rest.at(-1)?.split(",") ?? [] };
}

function grant(asked: readonly Access[], grants: Grants): Access[] {
  return asked.map((access) => ({
    ...access,
    actions: access.actions.filter((action) => (grants[access.name] ?? grants["*"] ?? []).includes(action)),
  }));
}

function sign(
  key: KeyObject,
  {
    service,
    user,
    access,
    lifetime,
  }: {
    readonly service: string;
    readonly user: string;
    readonly access: readonly Access[];
    readonly lifetime: number;
  },
): string {
  const now = Math.floor(Date.now() / 1000);
  const algorithm = key.asymmetricKeyType === "rsa" ? "RS256" : "ES256";
  const header = { typ: "JWT", alg: algorithm, kid: libtrustKeyId(key) };
  const claims = {
    iss: "test-issuer",
    sub: user,
    aud: service,
    exp: now + lifetime,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = createSign("sha256").update(text).sign({ key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits
    .match(/.{5}/g)!
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five, 2)])
    .join("");
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
