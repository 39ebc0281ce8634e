/** "DIR" or "DIR:NAME"; the colon of a Windows drive is not the one. */
export function splitLayout(text: string): [folder: string, name: string | undefined] {
  const colon = text.indexOf(":", /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0);
  return colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}
