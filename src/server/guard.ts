import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "./fault.js";

/**
 * Keeps web pages out: an upload is a "simple request" that any page may send to this machine, and a name that resolves
 * to 127.0.0.1 makes a page's own origin reach it. No registry client sends Origin; and on a loopback address only
 * loopback's names, and those in `hosts`, are answered.
 */
export function checkCaller(
  headers: IncomingHttpHeaders,
  { loopback, hosts }: { readonly loopback: boolean; readonly hosts: readonly string[] },
): void {
  if (headers.origin !== undefined) throw new Fault("DENIED", "this registry does not answer web pages");
  if (!loopback) return;
  const name = hostName(headers.host ?? "");
  if (isLoopback(name) || hosts.includes(name)) return;
  throw new Fault("DENIED", "this registry answers on this machine's loopback names only");
}

/** Whether a host is this machine's own, by name or address. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "");
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}

/** Without the port, lower case. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}
