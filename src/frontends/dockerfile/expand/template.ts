/**
 * Expands a template of Go's regexp package for an expression that has no groups: `$0` and `${0}` are the match, every
 * other name or number is nothing, `$$` is a dollar, and a dollar that no name follows is itself.
 */
export function expandTemplate(template: string, match: string): string {
  return template.replace(reference, (whole: string, bare?: string, braced?: string) => {
    if (whole === "$$") return "$";
    return (bare ?? braced) === "0" ? match : "";
  });
}

const reference = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;
