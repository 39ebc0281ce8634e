/** A text of a Dockerfile without the users and passwords in its URLs, as it may be shown and kept. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\bhttps?:\/\/)[^\s/?#]+@/gi, "$1xxxxx@");
}
