/**
 * A text of a Dockerfile without the users and passwords in its URLs, as it may be shown and kept. The user of ssh stays;
 * a password with a bare slash, which makes the URL none, goes too.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(/(\bhttps?:\/\/)[^\s/?#]+@/gi, "$1xxxxx@")
    .replace(/(\bhttps?:\/\/)[^\s/?#:@[\]]*:(?!\$|\d*(?:[/?#\s"']|$))[^\s@]*@/gi, "$1xxxxx@")
    .replace(/(\b(?:ssh|git):\/\/[^\s/?#:@]*):[^\s/?#]*@/gi, "$1:xxxxx@");
}
