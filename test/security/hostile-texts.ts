/** Texts that have broken out of somewhere before, and where a spec has room for a text. */

const SHELL = [
  "$(reboot)",
  "`reboot`",
  "$".concat("{IFS}x"),
  "; reboot #",
  "a && reboot",
  "a|reboot",
  "'\"; reboot",
  "a\\",
  "!!x",
];
const BREAKS = [
  "a\nreboot",
  "a\r\nHost: evil",
  "a\u2028b",
  "a\u0085b",
  "a\0b",
  "a\tb",
  "END_OF_FILE\nreboot",
  "a\n",
];
const YAML = [
  "&a x",
  "*a",
  "!!js/function x",
  "a: b",
  "{a: b}",
  "[a]",
  "- a",
  "# x",
  "'",
  '"',
  "%TAG",
  "| x",
  "---\na: b",
];
const PATHS = [
  "../x",
  "../../projects/evil",
  "a/../b",
  "..",
  ".",
  "/etc/passwd",
  "a%2f..%2fb",
  "a//b",
  "clusters/x",
  "a?b=c",
];
const PROTOTYPES = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString"];
const HIDDEN = [
  "\u202emoc.live",
  "a\u200bb",
  "\ufeffa",
  "аdmin",
  "a\ud800",
  "ａ",
  "a\u0301",
  "\u2066x\u2069",
  "İ",
  "ſ",
];
const FILTERS = ['a" OR name eq "b', "a.*", "a|b", ".*", "^a$", "a) OR (b", "labels.x:*", '"', "\\"];
const URLS = [
  "http://169.254.169.254/computeMetadata/v1/",
  "http://metadata.google.internal/",
  "http://[::ffff:169.254.169.254]/",
  "http://2852039166/",
  "http://0x7f000001/",
  "http://127.0.0.1.nip.io/",
  "//evil.example/x",
  "https://user@evil.example",
  "gopher://x",
  "file:///etc/passwd",
];
const TERMINALS = ["\u001b]0;pwned\u0007", "\u001b[2J", "\u009b31m", "\b\b\b"];
const FOREIGN = [
  "projects/victim-project/global/networks/main",
  "projects/victim-project/regions/europe-west4/subnetworks/nodes",
  "projects/victim-project/global/images/golden",
  "https://www.googleapis.com/compute/v1/projects/victim-project/global/networks/main",
  "cluster-sa@victim-project.iam.gserviceaccount.com",
  "cluster-sa@demo-project.iam.gserviceaccount.com@victim-project.iam.gserviceaccount.com",
  "cluster-sa@demo-project.iam.gserviceaccount.com.evil.example",
  "1234567890-compute@developer.gserviceaccount.com",
  "projects/demo-project/global/networks/../../../victim-project/global/networks/main",
  "allUsers",
];
export const LONG = "x".repeat(10_240);

export const HOSTILE: readonly string[] = [
  ...[SHELL, BREAKS, YAML, PATHS, PROTOTYPES, HIDDEN, FILTERS, URLS, TERMINALS, FOREIGN].flat(),
  LONG,
  "$(x)".repeat(2_560),
  "",
  " ",
];

/** What a terminal or a log viewer would obey instead of showing. */
export const OBEYED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

export type Place = readonly (string | number)[];

/** The path of every text in a document. */
export function textPlaces(value: unknown, place: Place = []): readonly Place[] {
  if (typeof value === "string") return [place];
  if (Array.isArray(value)) return value.flatMap((item, index) => textPlaces(item, [...place, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => textPlaces(child, [...place, key]));
}

/** A copy of the document with another value at a place. */
export function placed(document: unknown, place: Place, value: unknown): unknown {
  const [head, ...rest] = place;
  if (head === undefined) return value;
  if (Array.isArray(document))
    return document.map((item, index) => (index === head ? placed(item, rest, value) : item));
  const fields = (document ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [head]: placed(fields[head], rest, value) };
}
