/** The filter expressions of list methods: the AIP-160 form and the older `field eq regular-expression` form. */
import { remembered } from "../remembered.ts";
import { ApiError } from "./api-error.ts";
import type { Json } from "./call.ts";

/** Source: compute.proto, `filter` of every list request; https://google.aip.dev/160 */
export interface Filter {
  /** `values` answers what is at a field path; several for lists, none when absent. */
  matches(values: (path: readonly string[]) => readonly Json[]): boolean;
  /** What must hold for a match, to look up instead of walking: all of it is implied by the filter. */
  readonly hints: FilterHints;
}
export interface FilterHints {
  readonly namePrefix?: string;
  readonly label?: { readonly key: string; readonly value: string };
}

type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" | "eq" | "ne";
type Node =
  | { readonly is: "and" | "or"; readonly parts: readonly Node[] }
  | { readonly is: "not"; readonly part: Node }
  | {
      readonly is: "comparison";
      readonly path: readonly string[];
      readonly operator: Operator;
      readonly value: string;
      readonly pattern: RegExp | undefined;
    };

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(<=|>=|!=|[()=<>:])|([^\s()=<>!:"']+))/y;
/** An unquoted expression after `eq` runs to the closing parenthesis or the end. */
const BARE_PATTERN = /\s*([^"'\s][^\s]*?)(?=\s*\)\s*(?:\(|$)|\s|$)/y;

function refuse(filter: string, why: string): ApiError {
  return new ApiError(
    400,
    "invalid",
    `Invalid value for field 'filter': '${filter}'. Invalid list filter expression: ${why}`,
  );
}

/** A glob with `*` as a whole-value pattern. */
function glob(value: string): RegExp {
  const escaped = value.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`, "s");
}

/** Backslashes stay before anything but a quote, since values are patterns in the older form. */
function unquote(text: string): string {
  return text.replaceAll(/\\(["'])/g, "$1");
}

class Parser {
  readonly filter: string;
  at = 0;
  constructor(filter: string) {
    this.filter = filter;
  }
  peek(): Token | undefined {
    const before = this.at;
    const token = this.next();
    this.at = before;
    return token;
  }
  next(): Token | undefined {
    if (this.filter.slice(this.at).trim() === "") return undefined;
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.filter);
    if (match === null) throw refuse(this.filter, `unexpected text at ${this.at}`);
    this.at = TOKEN.lastIndex;
    const quoted = match[1] ?? match[2];
    return quoted === undefined
      ? { text: match[3] ?? match[4] ?? "", quoted: false }
      : { text: unquote(quoted), quoted: true };
  }
  is(word: string): boolean {
    const token = this.peek();
    return token !== undefined && !token.quoted && token.text === word;
  }
  /** AND, also implied by mere sequence, binds looser than OR (AIP-160). */
  conjunction(): Node {
    const parts = [this.disjunction()];
    while (this.peek() !== undefined && !this.is(")")) {
      if (this.is("AND")) this.next();
      parts.push(this.disjunction());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { is: "and", parts };
  }
  disjunction(): Node {
    const parts = [this.term()];
    while (this.is("OR")) {
      this.next();
      parts.push(this.term());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { is: "or", parts };
  }
  term(): Node {
    if (this.is("NOT")) {
      this.next();
      return { is: "not", part: this.term() };
    }
    if (this.is("(")) {
      this.next();
      const inner = this.conjunction();
      if (!this.is(")")) throw refuse(this.filter, "a parenthesis is not closed");
      this.next();
      return inner;
    }
    return this.comparison();
  }
  comparison(): Node {
    const field = this.next();
    if (field === undefined) throw refuse(this.filter, "a field is missing");
    const negated = field.text.startsWith("-");
    const path = (negated ? field.text.slice(1) : field.text).split(".");
    const operator = this.next()?.text as Operator | undefined;
    if (operator === undefined || !["=", "!=", "<", "<=", ">", ">=", ":", "eq", "ne"].includes(operator)) {
      throw refuse(this.filter, `'${field.text}' is not followed by an operator`);
    }
    const value = operator === "eq" || operator === "ne" ? this.patternText() : this.valueText();
    if (value === undefined)
      throw refuse(this.filter, `'${field.text} ${operator}' is not followed by a value`);
    const node: Node = { is: "comparison", path, operator, value, pattern: this.pattern(operator, value) };
    return negated ? { is: "not", part: node } : node;
  }
  valueText(): string | undefined {
    const token = this.next();
    return token === undefined || token.quoted || !/^([()=<>:]|<=|>=|!=)$/.test(token.text)
      ? token?.text
      : undefined;
  }
  patternText(): string | undefined {
    const token = this.peek();
    if (token === undefined || token.quoted) return this.next()?.text;
    BARE_PATTERN.lastIndex = this.at;
    const match = BARE_PATTERN.exec(this.filter);
    if (match === null) return undefined;
    this.at = BARE_PATTERN.lastIndex;
    return match[1];
  }
  pattern(operator: Operator, value: string): RegExp | undefined {
    if (operator === "eq" || operator === "ne") {
      try {
        return new RegExp(`^(?:${value})$`, "s");
      } catch {
        throw refuse(this.filter, `'${value}' is not a regular expression`);
      }
    }
    return (operator === "=" || operator === "!=") && value.includes("*") ? glob(value) : undefined;
  }
}

function compareOrder(left: Json, right: string): number {
  if (typeof left === "number" || (typeof left === "string" && /^-?\d+(\.\d+)?$/.test(left))) {
    return Number(left) - Number(right);
  }
  const leftTime = Date.parse(String(left));
  const rightTime = Date.parse(right);
  if (!Number.isNaN(leftTime) && !Number.isNaN(rightTime)) return leftTime - rightTime;
  return String(left) < right ? -1 : String(left) > right ? 1 : 0;
}

/** `:` asks for presence (`*`), a key of a map, or a part of a text. */
function has(value: Json, wanted: string): boolean {
  if (wanted === "*") return true;
  if (value !== null && typeof value === "object") return Object.hasOwn(value, wanted);
  return String(value).toLowerCase().includes(wanted.replaceAll("*", "").toLowerCase());
}

function holds(node: Node & { readonly is: "comparison" }, values: readonly Json[]): boolean {
  const { operator, value, pattern } = node;
  const equal = (entry: Json) =>
    pattern === undefined ? String(entry) === value : pattern.test(String(entry));
  switch (operator) {
    case "=":
    case "eq":
      return values.some(equal);
    case "!=":
    case "ne":
      return !values.some(equal);
    case ":":
      return values.some((entry) => has(entry, value));
    case "<":
      return values.some((entry) => compareOrder(entry, value) < 0);
    case "<=":
      return values.some((entry) => compareOrder(entry, value) <= 0);
    case ">":
      return values.some((entry) => compareOrder(entry, value) > 0);
    case ">=":
      return values.some((entry) => compareOrder(entry, value) >= 0);
  }
}

function evaluate(node: Node, values: (path: readonly string[]) => readonly Json[]): boolean {
  switch (node.is) {
    case "and":
      return node.parts.every((part) => evaluate(part, values));
    case "or":
      return node.parts.some((part) => evaluate(part, values));
    case "not":
      return !evaluate(node.part, values);
    case "comparison":
      return holds(node, values(node.path));
  }
}

/** The text that every match of a pattern or glob begins with. */
function literalPrefix(operator: Operator, value: string): string {
  if (operator === "=") return value.split("*")[0] ?? "";
  const literal = /^[a-z0-9-]*/.exec(value)?.[0] ?? "";
  const next = value[literal.length];
  if (value.includes("|")) return "";
  return next === "*" || next === "?" || next === "{" ? literal.slice(0, -1) : literal;
}
function hintsOf(node: Node): FilterHints {
  if (node.is === "and") return Object.assign({}, ...node.parts.map(hintsOf));
  if (node.is !== "comparison" || (node.operator !== "=" && node.operator !== "eq")) return {};
  const [first, second] = node.path;
  if (first === "name" && node.path.length === 1) {
    const namePrefix = literalPrefix(node.operator, node.value);
    return namePrefix === "" ? {} : { namePrefix };
  }
  if (
    first === "labels" &&
    second !== undefined &&
    node.path.length === 2 &&
    /^[a-z0-9_-]+$/.test(node.value)
  ) {
    return { label: { key: second, value: node.value } };
  }
  return {};
}

/** Every cluster has a few of its own. */
const FILTERS_KEPT_MAX = 4_096;

/** @throws ApiError 400 when it is not a filter */
export const parseFilter = remembered((filter): Filter => {
  const parser = new Parser(filter);
  const root = parser.conjunction();
  if (parser.peek() !== undefined) throw refuse(filter, "a parenthesis is not open");
  return { matches: (values) => evaluate(root, values), hints: hintsOf(root) };
}, FILTERS_KEPT_MAX);
