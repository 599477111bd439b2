/** Definitions of messages in a third of their length: without what only the binary form needs, and what follows. Pure. */

/** As protobuf.js writes it. */
export interface Message {
  readonly fields: Readonly<Record<string, Field>>;
  readonly oneofs?: Oneofs;
  readonly nested?: Readonly<Record<string, object>>;
}
export interface Field {
  readonly type: string;
  /** In the binary form. */
  readonly id: number;
  readonly rule?: string;
  readonly keyType?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}
type Oneofs = Readonly<Record<string, { readonly oneof: readonly string[] }>>;

export interface ConciseMessage {
  /** `string`, `string?` for an optional one, `string[]` for a list, `[string]Disk` for a map. */
  readonly fields: Readonly<Record<string, string>>;
  readonly oneofs?: Oneofs;
  readonly nested?: Readonly<Record<string, object>>;
}

const OPTIONAL = "proto3_optional";

export function conciseMessage({ fields, oneofs = {}, nested, ...message }: Message): ConciseMessage {
  const choices = Object.entries(oneofs).filter(([name]) => !isOwnChoice(name, fields));
  return {
    ...message,
    fields: mapValues(fields, conciseField),
    ...(choices.length === 0 ? {} : { oneofs: Object.fromEntries(choices) }),
    ...(nested === undefined
      ? {}
      : { nested: mapValues(nested, (one) => (isMessage(one) ? conciseMessage(one) : one)) }),
  };
}

function conciseField({ type, rule, keyType, options }: Field): string {
  if (keyType !== undefined) return `[${keyType}]${type}`;
  if (rule === "repeated") return `${type}[]`;
  return options?.[OPTIONAL] === true ? `${type}?` : type;
}

/** Numbers are made up, which only the binary form would notice; an optional field is alone in a choice of its own. */
export function fullMessage({ fields, oneofs = {}, nested, ...message }: ConciseMessage): Message {
  const full = Object.fromEntries(
    Object.entries(fields).map(([name, field], index) => [name, fullField(field, index + 1)]),
  );
  const own = Object.keys(full).filter((name) => full[name]?.options?.[OPTIONAL] === true);
  return {
    ...message,
    oneofs: { ...oneofs, ...Object.fromEntries(own.map((name) => [`_${name}`, { oneof: [name] }])) },
    fields: full,
    ...(nested === undefined
      ? {}
      : { nested: mapValues(nested, (one) => ("fields" in one ? fullMessage(one as ConciseMessage) : one)) }),
  };
}

function fullField(field: string, id: number): Field {
  const [, keyType, value = field] = /^\[(\w+)\](.+)$/.exec(field) ?? [];
  if (keyType !== undefined) return { keyType, type: value, id };
  if (field.endsWith("[]")) return { rule: "repeated", type: field.slice(0, -2), id };
  return field.endsWith("?")
    ? { type: field.slice(0, -1), id, options: { [OPTIONAL]: true } }
    : { type: field, id };
}

function isMessage(definition: object): definition is Message {
  return "fields" in definition;
}
function isOwnChoice(name: string, fields: Message["fields"]): boolean {
  return name.startsWith("_") && fields[name.slice(1)]?.options?.[OPTIONAL] === true;
}
function mapValues<A, B>(record: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
