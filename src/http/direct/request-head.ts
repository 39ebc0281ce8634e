import { validateHeaderName, validateHeaderValue } from "node:http";
import { ownHeaders } from "../own-headers.js";
import { basicToken } from "../redact.js";
import type { HttpRequest } from "../send.js";

/** The head of a GET (RFC 9112 sections 3.2.1 and 3.2). Throws node:http's own errors for headers that are none. */
export function formatRequestHead({ url, headers }: Pick<HttpRequest, "url" | "headers">): string {
  const fields = { host: url.host, ...ownHeaders, ...credentialsIn(url), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** The user and password of a URL, as node:http sends them. */
function credentialsIn({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { authorization: `Basic ${basicToken(pair)}` };
}
