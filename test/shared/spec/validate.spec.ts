/** Validation as a whole: what is accepted stays the same on its way round, what is hostile never gets in, nothing throws. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPath } from "../../../shared/spec/field-error.ts";
import { type ValidateOptions, validateCluster } from "../../../shared/spec/validate.ts";
import { readYaml, writeYaml } from "../../../shared/spec/yaml.ts";
import { clusterDocuments, FULL_DOCUMENT } from "./cluster-arbitrary.ts";
import { clusterDocument, clusterSpec, errorsOf, messagesOf, NOW_MS } from "./cluster-documents.ts";

const OPTIONS: ValidateOptions = { nowMs: NOW_MS };
type Step = string | number;

/** Paths of all texts in a document. */
function textPaths(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value === "string") return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => textPaths(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => textPaths(child, [...path, key]));
}
/** A copy with the value at the path replaced. */
function replaced(document: unknown, path: readonly Step[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(document))
    return document.map((item, index) => (index === step ? replaced(item, rest, value) : item));
  const fields = document as Record<string, unknown>;
  return { ...fields, [step]: replaced(fields[step], rest, value) };
}

const HOSTILE = [
  "$(reboot)",
  "a$(reboot)",
  "`reboot`",
  "\u0024{HOME}",
  "a\nb",
  "a\r\nb",
  "a\u0000b",
  "a\u001b[2Jb",
  "a; rm -rf /",
  "a && b",
  "a|b",
  "a'b",
  'a"b',
  "../etc/passwd",
  "a/../../b",
  "__proto__",
  "*anchor",
  "&anchor a",
  "a\u202eb",
  "http://169.254.169.254/",
  "http://metadata.google.internal/",
  "file:///etc/passwd",
] as const;
/** A log filter is a language of its own, sent as data: quotes and operators belong to it. */
const FILTER_PATH = "logging.exclude.0.filter";
const EXPANSIONS = [
  "$(reboot)",
  "a$(reboot)",
  "`reboot`",
  "\u0024{HOME}",
  "a\nb",
  "a\r\nb",
  "a\u0000b",
  "a\u001b[2Jb",
  "a\u202eb",
];

describe("validation", () => {
  it("a manifest of Kubernetes is told as one", () => {
    assert.deepEqual(messagesOf({ apiVersion: "v1", kind: "Pod", metadata: { name: "x" } }), [
      'kind: "Pod" is an object inside of a cluster, and this is about clusters; apply it with kubectl, or put its text into addons.manifests',
    ]);
  });

  it("accepts a document with every field written out", () => {
    assert.deepEqual(messagesOf(FULL_DOCUMENT), []);
  });
  it("lets the document's id and the control plane's project stand in, and the id be repeated only", () => {
    const { name: _name, project: _project, ...rest } = clusterDocument();
    const validated = validateCluster(rest, { ...OPTIONS, name: "shop", project: "demo-project" });
    assert.ok(validated.ok);
    assert.deepEqual(validated.spec, clusterSpec());
    assert.deepEqual(messagesOf(clusterDocument(), { name: "store" }), [
      'name: "shop" is not the id of its document (store); use store, or write to clusters/shop',
    ]);
  });
  it("tells of all that is wrong at once, field by field", () => {
    const errors = errorsOf(
      clusterDocument({
        zones: ["us-east1-b"],
        controlPlane: { machineType: "e2-micro" },
        kubernetes: { version: "1.34" },
      }),
    );
    assert.deepEqual(
      errors.map(({ path }) => path),
      ["zones[0]", "kubernetes.version", "controlPlane.machineType"],
    );
  });
  it("accepts generated documents, and the spec of each is a document of that very spec", () => {
    fc.assert(
      fc.property(clusterDocuments, (document) => {
        const validated = validateCluster(document, OPTIONS);
        assert.ok(validated.ok, JSON.stringify(validated));
        const again = validateCluster(JSON.parse(JSON.stringify(validated.spec)), OPTIONS);
        assert.deepEqual(again, validated);
      }),
    );
  });
  it("YAML text to document to spec to YAML and back changes nothing", () => {
    fc.assert(
      fc.property(clusterDocuments, (document) => {
        const read = readYaml(writeYaml(document));
        assert.ok(read.ok, JSON.stringify(read));
        assert.deepEqual(read.document, document);
        const first = validateCluster(read.document, OPTIONS);
        assert.ok(first.ok);
        const reread = readYaml(writeYaml(first.spec));
        assert.ok(reread.ok);
        assert.deepEqual(validateCluster(reread.document, OPTIONS), first);
      }),
    );
  });
});

describe("hostile documents", () => {
  for (const path of textPaths(FULL_DOCUMENT)) {
    const where = path.join(".");
    it(`no hostile text gets into ${where}`, () => {
      for (const text of where === FILTER_PATH ? EXPANSIONS : HOSTILE) {
        const errors = errorsOf(replaced(FULL_DOCUMENT, path, text));
        assert.ok(
          errors.some((error) => error.path === formatPath(path)),
          `accepted ${JSON.stringify(text)}`,
        );
        for (const error of errors) assert.doesNotMatch(Object.values(error).join(""), /\p{Cc}|\u202e/u);
      }
    });
  }
  it("no hostile text becomes the name of a label", () => {
    for (const text of HOSTILE) {
      const labels: unknown = JSON.parse(`{${JSON.stringify(text)}: "a"}`);
      const errors = errorsOf(clusterDocument({ nodePools: [{ name: "general", labels }] }));
      assert.ok(errors.length > 0, text);
    }
  });
  it("generated texts with a character outside of names never become names", () => {
    const strange = fc.tuple(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(..."$`(){};\n\r\0/\\ \"'&|<>*?!~%^=+,A_.".split("")),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(strange, (parts) => {
        const text = parts.join("");
        for (const document of [
          clusterDocument({ name: text }),
          clusterDocument({ nodePools: [{ name: text }] }),
          clusterDocument({ nodePools: [{ name: "a", os: "cos", image: text }] }),
        ]) {
          assert.ok(errorsOf(document).length > 0, JSON.stringify(text));
        }
      }),
    );
  });
  it("arbitrary values are refused with errors, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
        }),
        (value) => {
          const validated = validateCluster(value, OPTIONS);
          assert.ok(!validated.ok && validated.errors.length > 0);
        },
      ),
      { numRuns: 300 },
    );
  });
  it("a right document with any one text replaced by any JSON is accepted or refused, and nothing throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(...textPaths(FULL_DOCUMENT)), fc.jsonValue(), (path, value) => {
        const validated = validateCluster(replaced(FULL_DOCUMENT, path, value), OPTIONS);
        if (validated.ok) return;
        assert.ok(validated.errors.length > 0);
        for (const error of validated.errors) {
          assert.ok(error.path !== "" && error.reason !== "" && error.remedy !== "", JSON.stringify(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
