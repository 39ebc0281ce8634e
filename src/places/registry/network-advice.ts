import type { TransportFailure } from "../../http/errors.js";

interface Asked {
  readonly registry: string;
  readonly encrypted: boolean;
}

/** What the user can do about an answer that did not come; undefined where that is nothing but trying again. */
export function networkAdvice({ code, message }: TransportFailure, asked: Asked): string | undefined {
  if (code === "ECONNREFUSED") return `nothing listens there; is the registry ${asked.registry} running?`;
  if (code === "ERESTARTING") return `the registry ${asked.registry} answered before and is gone now`;
  if (code === "ENOTFOUND") return "check the name of the registry";
  if (code.startsWith("HPE_")) return "this is not an HTTP server that Gantry can speak to";
  return asked.encrypted ? tlsAdvice(`${code} ${message}`, asked) : undefined;
}

function tlsAdvice(problem: string, { registry }: Asked): string | undefined {
  const skip = `skip the check with --insecure ${registry}`;
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(problem))
    return `its owner must renew it, or this machine's clock is wrong; or ${skip}`;
  if (/ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH/.test(problem))
    return `ask for it by a name its certificate has, or ${skip}`;
  if (/certificate required|HANDSHAKE_FAILURE|handshake failure|bad certificate/i.test(problem))
    return `the registry wants a client certificate: name cert and key in the settings of ${registry}, or put them into certs.d/${registry}`;
  if (/alert protocol version|UNSUPPORTED_PROTOCOL|unsupported protocol/i.test(problem))
    return "the registry speaks only what is older than TLS 1.2, which is refused; it must be brought up to date";
  if (/\b(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA)/.test(problem))
    return `name its authority's certificate with --ca-file, in certs.d/${registry} or in NODE_EXTRA_CA_CERTS, or ${skip}`;
  if (
    /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH_TOO_LONG|packet length too long|EPROTO|HTTP_REQUEST|http request/i.test(
      problem,
    )
  )
    return `if the registry speaks plain http, allow it with --insecure ${registry}`;
  return undefined;
}
