import { deleteBlob, readBlob } from "./blobs.js";
import { jsonAnswer, type Handler } from "./call.js";
import { Fault } from "./fault.js";
import { deleteManifest, readManifest, writeManifest } from "./manifests.js";
import { listReferrers } from "./referrers.js";
import { listTags } from "./tags.js";
import { cancelUpload, finishUpload, patchUpload, showUpload, startUpload } from "./uploads.js";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Route {
  /** Captures the repository's name, then the reference. */
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
}

/** Every end point of the distribution specification (spec.md, "Endpoints"); the first path that fits decides. */
const routes: readonly Route[] = [
  { path: /^\/v2\/?$/, methods: { GET: async () => jsonAnswer({}, "application/json") } },
  { path: /^\/v2\/(.+)\/blobs\/uploads\/?$/, methods: { POST: startUpload } },
  {
    path: /^\/v2\/(.+)\/blobs\/uploads\/([0-9a-f]{32})$/,
    methods: { GET: showUpload, PATCH: patchUpload, PUT: finishUpload, DELETE: cancelUpload },
  },
  { path: /^\/v2\/(.+)\/blobs\/([^/]+)$/, methods: { GET: readBlob, DELETE: deleteBlob } },
  {
    path: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { GET: readManifest, PUT: writeManifest, DELETE: deleteManifest },
  },
  { path: /^\/v2\/(.+)\/tags\/list$/, methods: { GET: listTags } },
  { path: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: listReferrers } },
];

/** The handler of a request and the names in its path. Throws the fault to answer where there is none. */
export function findRoute(
  method: string,
  path: string,
): { readonly handler: Handler; readonly name: string; readonly reference: string } {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match === null) continue;
    const [, name, reference = ""] = match;
    const handler = route.methods[(method === "HEAD" ? "GET" : method) as Method];
    if (handler === undefined) throw notAllowed(method, route);
    return { handler, name: name === undefined ? "" : requireName(name), reference };
  }
  throw new Fault("UNSUPPORTED", "there is nothing at this path of a registry", { status: 404 });
}

function notAllowed(method: string, { methods }: Route): Fault {
  const allowed = Object.keys(methods).flatMap((known) => (known === "GET" ? ["GET", "HEAD"] : [known]));
  return new Fault("UNSUPPORTED", `${method} is not one of ${allowed.join(", ")}`, {
    headers: { Allow: allowed.join(", ") },
  });
}

/** A repository's name (distribution-spec spec.md, "Pulling manifests"), checked before it comes near a file's path. */
function requireName(name: string): string {
  const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  if (name.length <= 255 && new RegExp(`^${part}(?:/${part})*$`).test(name)) return name;
  throw new Fault(
    "NAME_INVALID",
    "a repository's name is up to 255 lower-case letters, digits, and . _ - / between them",
  );
}
