/** Carries reason and remedy through the schema library's single message text, and takes them apart again. */
const SEPARATOR = "\u001f";

export interface Said {
  readonly reason: string;
  readonly remedy: string;
}
export function says(reason: string, remedy: string): string {
  return `${reason}${SEPARATOR}${remedy}`;
}
/** Nothing when the message is not one that `says` made. */
export function heard(message: string): Said | undefined {
  const at = message.indexOf(SEPARATOR);
  if (at < 0) return undefined;
  return { reason: message.slice(0, at), remedy: message.slice(at + SEPARATOR.length) };
}
