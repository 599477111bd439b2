/** Manifests of the spec are texts of YAML documents. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf } from "../cluster-documents.ts";

const REMEDY = "write documents with apiVersion, kind and metadata.name, as for kubectl apply";
const said = (text: string) => messagesOf(clusterDocument({ addons: { manifests: [text] } }));

describe("manifests", () => {
  it("may hold several documents, lines and tabs", () => {
    const text =
      '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\ndata: { x: "a\tb $(c)" }\n';
    assert.deepEqual(said(text), []);
  });
  it("are refused when they are addresses, or no Kubernetes objects", () => {
    assert.deepEqual(said("http://169.254.169.254/computeMetadata/v1/"), [
      `addons.manifests[0]: "http://169.254.169.254/computeMetadata/v1/" holds a document that is no Kubernetes object; ${REMEDY}`,
    ]);
    assert.deepEqual(said("kind: [a"), [
      `addons.manifests[0]: "kind: [a" is not YAML (Flow sequence in block collection must be sufficiently indented and end with a ]); ${REMEDY}`,
    ]);
    assert.deepEqual(said("# nothing"), [`addons.manifests[0]: "# nothing" holds no document; ${REMEDY}`]);
  });
  it("are refused with characters that a terminal would obey, and without end", () => {
    assert.deepEqual(said("kind: a\u001b[2J"), [
      'addons.manifests[0]: "kind: a\\u001b[2J" holds characters that do not print; remove them',
    ]);
    assert.match(
      said(`# ${"x".repeat(70_000)}`)[0] ?? "",
      /has more than 60000 characters; split it, or install it with kubectl$/,
    );
  });
  it("that multiply through aliases are refused", () => {
    const bomb =
      "a: &a [1,2,3,4,5,6,7,8,9]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n";
    assert.match(said(bomb)[0] ?? "", /is not YAML that can be read/);
  });
});
