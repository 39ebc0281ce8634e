import { jsonAnswer, knownRepository, type Answer, type Call } from "./call.js";
import { Fault } from "./fault.js";

/** What one page holds at most, however many were asked for. */
const pageLimit = 1000;

/** GET of the tags in the order of their bytes, all or by pages (distribution-spec spec.md, "Listing Tags"). */
export async function listTags(call: Call): Promise<Answer> {
  const repository = knownRepository(call);
  const last = call.query.get("last") ?? "";
  const rest = [...repository.tags.keys()].filter((tag) => tag > last).sort();
  const count = pageSize(call.query.get("n"));
  const tags = rest.slice(0, count);
  const more = count !== undefined && count > 0 && tags.length < rest.length;
  const link = `</v2/${call.name}/tags/list?n=${count}&last=${tags.at(-1)}>; rel="next"`;
  return jsonAnswer({ name: call.name, tags }, "application/json", more ? { Link: link } : {});
}

function pageSize(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text), pageLimit);
  throw new Fault("UNSUPPORTED", `n=${text} is not a number of tags`, { status: 400 });
}
