const shown = 80;

/**
 * A text from outside as a message may show it: in double quotes, every character that is not printable ASCII escaped,
 * cut after 80 characters. No terminal is steered and no log is flooded by it.
 */
export function quote(text: string): string {
  const cut = text.length > shown ? `${text.slice(0, shown)}...` : text;
  return JSON.stringify(cut).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
