import type { Entry } from "../plan/plan.js";

/** What hardly an entry has. */
type Extras = Pick<Entry, "device" | "xattrs">;

/** A device's numbers and extended attributes as a text without NULs; the empty one where there are none. */
export function formatExtras({ device, xattrs }: Extras): string {
  if (device === undefined && xattrs === undefined) return "";
  const attributes = Object.entries(xattrs ?? {}).map(
    ([name, value]) => [name, Buffer.from(value).toString("base64")] as const,
  );
  return JSON.stringify([device?.major ?? -1, device?.minor ?? -1, attributes]);
}

/** What was formatted. */
export function parseExtras(text: string): Extras {
  if (text === "") return {};
  const [major, minor, attributes] = JSON.parse(text) as [number, number, [string, string][]];
  const xattrs = attributes.map(([name, value]) => [name, Buffer.from(value, "base64")] as const);
  return {
    ...(major < 0 ? {} : { device: { major, minor } }),
    ...(xattrs.length === 0 ? {} : { xattrs: Object.fromEntries(xattrs) }),
  };
}
