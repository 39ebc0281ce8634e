/** The distribution specification's error codes (distribution-spec spec.md, "Error Codes") with the status each is answered by. */
const statusOf = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

export type FaultCode = keyof typeof statusOf;

/** What a handler throws to refuse a request; the server answers it as the specification's error document. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: FaultCode,
    message: string,
    {
      status,
      headers,
    }: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = "Fault";
    this.code = code;
    this.status = status ?? statusOf[code];
    this.headers = headers ?? {};
  }

  get document(): object {
    return { errors: [{ code: this.code, message: this.message }] };
  }
}
