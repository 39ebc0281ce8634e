/** What to do where a registry wants credentials and none were found. */
export function logInAdvice(registry: string): string {
  return `no credentials for ${registry} were found; log in with "gantry login ${registry}"`;
}

/**
 * What to add where credentials were refused for reading: the image may be public. Gantry does not try without them of
 * its own accord, since that would hide that they are wrong.
 */
export function publicAdvice(registry: string, scopes: readonly string[]): string {
  const onlyReads = scopes.length > 0 && scopes.every((scope) => scope.endsWith(":pull"));
  return onlyReads
    ? `; if the image is public, it is read without credentials after "gantry logout ${registry}"`
    : "";
}
