/**
 * Sealed JSON: frozen through and through, and without fields that are undefined, as it would be after a way over the wire.
 * What is sealed can be stored, shared and handed out as it is; nothing has to copy it for fear of its reader.
 */

/** The value, sealed: in place, or a copy where a field that is undefined had to go. Sealed parts are not looked into. */
export function sealed<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  return (Array.isArray(value) ? sealedList(value) : sealedFields(value)) as T;
}

function sealedList(list: unknown[]): readonly unknown[] {
  for (let at = 0; at < list.length; at += 1) {
    const own = list[at];
    if (typeof own !== "object" && own !== undefined) continue;
    const item = own === undefined ? null : sealed(own);
    if (item !== own) list[at] = item;
  }
  return Object.freeze(list);
}

function sealedFields(value: object): object {
  const fields = value as Record<string, unknown>;
  let gaps = false;
  for (const key in fields) {
    const own = fields[key];
    if (typeof own === "object") {
      const field = sealed(own);
      if (field !== own) fields[key] = field;
    } else if (typeof own === "string") flatten(own);
    else if (own === undefined) gaps = true;
  }
  return Object.freeze(gaps ? withoutGaps(fields) : fields);
}

/** V8 keeps a text of fewer characters in one piece. */
const PIECED_LENGTH_MIN = 13;
/** Somewhere to put what was looked at, for a look that leads to nothing is left out by the compiler. */
let looked = 0;
/** V8 keeps what was put together as a tree of its pieces until it is looked at; a tree takes several times the room. */
function flatten(text: string): void {
  if (text.length >= PIECED_LENGTH_MIN) looked = text.charCodeAt(looked & 1);
}

/** A copy, since deleting a field would make the object slow. */
function withoutGaps(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
}
