/**
 * API definitions of which only what is looked up becomes reflection objects: making all of those of Compute Engine at once
 * takes a tenth of a second and 20 MB, and a pass needs a third of them.
 */
import { protobuf } from "google-gax/fallback";
import { type ConciseMessage, fullMessage } from "./concise-definitions.ts";

/** Published definitions, as protobuf.js writes them. */
export interface Definitions {
  /** In the deployed bundle each message, enum and service is its JSON text, messages concise. */
  readonly nested?: Readonly<Record<string, Definitions | string>>;
  readonly [more: string]: unknown;
}

export function lazyRoot(definitions: Definitions): protobuf.Root {
  const root = new protobuf.Root();
  for (const [name, definition] of Object.entries(definitions.nested ?? {}))
    if (typeof definition !== "string") root.add(new LazyPackage(name, definition));
  return root;
}

class LazyPackage extends protobuf.Namespace {
  readonly #pending: Map<string, Definitions | string>;

  constructor(name: string, { nested = {} }: Definitions) {
    super(name);
    this.#pending = new Map(Object.entries(nested));
  }

  override get(name: string): protobuf.ReflectionObject | null {
    const pending = this.#pending.get(name);
    if (pending === undefined) return super.get(name);
    // First, for what is added is looked up in turn.
    this.#pending.delete(name);
    const definition = typeof pending === "string" ? read(pending) : pending;
    if (isPackage(definition)) this.add(new LazyPackage(name, definition));
    else this.addJSON({ [name]: definition as protobuf.AnyNestedObject });
    const made = super.get(name);
    if (made instanceof protobuf.Type) speakJsonOnly(made);
    return made;
  }
}

function read(text: string): Definitions {
  const definition = JSON.parse(text) as object;
  const full = "fields" in definition ? fullMessage(definition as ConciseMessage) : definition;
  return full as Definitions;
}

/** Messages, enums, services and extensions each have one of these. */
export function isPackage(definition: Definitions): boolean {
  return !["fields", "values", "methods", "id"].some((key) => key in definition);
}

/** Over REST nobody reads or writes bytes, for which the library would generate three functions of five. */
function speakJsonOnly(type: protobuf.Type): void {
  for (const nested of type.nestedArray) if (nested instanceof protobuf.Type) speakJsonOnly(nested);
  // Google's own types have forms of their own.
  if (type.fullName in protobuf.wrappers) return;
  type.setup = () => {
    const types = type.fieldsArray.map((field) => field.resolve().resolvedType);
    const scope = { types, util: protobuf.util };
    type.fromObject = protobuf.converter.fromObject(type)(scope) as typeof type.fromObject;
    type.toObject = protobuf.converter.toObject(type)(scope) as typeof type.toObject;
    return type;
  };
}
