import assert from "node:assert/strict";
import fc from "fast-check";
import { renderMachine } from "../../shared/bootstrap/machine.ts";
import { acceptSpec } from "../../shared/engine/accept.ts";
import { pass } from "../../shared/engine/pass.ts";
import { eventsPath } from "../../shared/engine/paths.ts";
import { prefixOf } from "../../shared/resources/names.ts";
import { marker, ownerOf } from "../../shared/resources/owner.ts";
import { formatPath } from "../../shared/spec/field-error.ts";
import { validateCluster } from "../../shared/spec/validate.ts";
import { valueAt } from "../../shared/spec/value-at.ts";
import { FULL_DOCUMENT } from "../shared/spec/cluster-arbitrary.ts";
import { fakeWorld, ID, quickstart } from "../support/fake-engine.ts";
import { bootData, MACHINES, machineInput } from "../support/machine-inputs.ts";
import { TEST_NOW_MS } from "../support/specs.ts";
import { HOSTILE, LONG, OBEYED, type Place, placed, textPlaces } from "./hostile-texts.ts";

const OPTIONS = { nowMs: TEST_NOW_MS };
const PLACES = textPlaces(FULL_DOCUMENT);
/** Fields whose text is another language's, handed on as it is: quoted by JSON, never part of a command. */
const DATA: readonly string[] = ["addons.manifests[0]", "logging.exclude[0].filter"];
/** What every other text may consist of: nothing that a shell, YAML, a URL's host or a filter's quotes would obey. */
const HARMLESS = /^[A-Za-z0-9._:/@=;,+%<>~^|* -]*$/;

/** Refused with the path of the field, or taken in byte for byte. */
function refusedOrData(place: Place, text: string): void {
  const path = formatPath(place);
  const validated = validateCluster(placed(FULL_DOCUMENT, place, text), OPTIONS);
  if (!validated.ok) {
    // A rule between fields may speak of the field beside it: zones of a region that there is not.
    const [section = ""] = path.split(/[.[]/);
    const named = validated.errors.some((error) => error.path.startsWith(section) || section === "project");
    assert.ok(named, `${path} is not named: ${JSON.stringify(validated.errors)}`);
    for (const error of validated.errors) assert.doesNotMatch(Object.values(error).join(""), OBEYED, path);
    return;
  }
  assert.equal(valueAt(validated.spec, place), text, `${path} was changed on its way`);
  if (!DATA.includes(path)) assert.match(text, HARMLESS, path);
}

describe("every text of a spec", function () {
  this.timeout(20_000);
  it("is refused with its path when it is hostile, or taken in byte for byte (fault 14)", () => {
    assert.ok(PLACES.length > 50, "the document has all of its texts");
    for (const place of PLACES) for (const text of HOSTILE) refusedOrData(place, text);
  });

  it("is refused with its path, or taken in byte for byte, whatever it is (fault 14)", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(...HOSTILE.filter((one) => one.length < 200)), fc.string())
        .map((two) => two.join("")),
    );
    const near = fc.tuple(fc.constantFrom(...PLACES), texts, fc.boolean());
    fc.assert(
      fc.property(near, ([place, text, appended]) => {
        const before = appended ? String(valueAt(FULL_DOCUMENT, place)) : "";
        refusedOrData(place, `${before}${text}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is no way to a hostile name of a field (fault 14)", () => {
    for (const name of HOSTILE) {
      if (name === "") continue;
      const fields = JSON.parse(`{${JSON.stringify(name)}: "x"}`) as Record<string, unknown>;
      const inAll = [
        { ...FULL_DOCUMENT, ...spread(fields) },
        placed(FULL_DOCUMENT, ["network", "api"], fields),
        placed(FULL_DOCUMENT, ["nodePools", 0, "labels"], fields),
      ];
      for (const [index, document] of inAll.entries()) {
        const validated = validateCluster(document, OPTIONS);
        const isLabel = index === 2 && /^[a-z]+\/x$|^[A-Za-z]+$/.test(name);
        if (validated.ok) assert.ok(isLabel, `field ${JSON.stringify(name.slice(0, 40))} was taken`);
        else for (const { path } of validated.errors) assert.doesNotMatch(path, OBEYED);
      }
    }
    assert.equal(({} as Record<string, unknown>)["x"], undefined, "no prototype was reached");
  });
});

/** As a store would give it back: an own field, also where it is called __proto__. */
function spread(fields: Record<string, unknown>): Record<string, unknown> {
  const own = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(fields)) own[key] = value;
  return own;
}

/** A boot script without what it carries. */
function codeOf(script: string): string {
  return script.replace(/(<<'END_OF_FILE'\n)[A-Za-z0-9+/=\n]*(END_OF_FILE\n)/g, "$1$2");
}

describe("boot data", () => {
  it("carries hostile texts as data byte for byte, even past validation, and its code stays as it is (fault 14)", () => {
    const hostile = Object.fromEntries(
      HOSTILE.filter((text) => text.length < 200 && text.isWellFormed()).map((text, index) => [
        `k${index}`,
        text,
      ]),
    );
    const taints = Object.values(hostile).map((value) => ({
      key: value,
      value,
      effect: "NoSchedule" as const,
    }));
    for (const { os, role } of MACHINES) {
      const calm = bootData(renderMachine(machineInput(os, role)));
      const evil = bootData(
        renderMachine(machineInput(os, role, { nodeLabels: hostile, taints, region: LONG.slice(0, 100) })),
      );
      if (calm.startsWith("#!")) assert.equal(codeOf(evil), codeOf(calm), `${os} ${role}`);
      const carried = (
        evil.replace(/\n(?=[A-Za-z0-9+/=]{1,76}\n)/g, "").match(/[A-Za-z0-9+/]{60,}={0,2}/g) ?? []
      ).map((run) => Buffer.from(run, "base64").toString("utf8"));
      const text = carried.find((one) => one.includes('"nodeLabels"')) ?? "";
      const node = JSON.parse(text.slice(text.indexOf("{"))) as Record<string, unknown>;
      assert.deepEqual(node["nodeLabels"], hostile, `${os} ${role}`);
      for (const hint of ["$(reboot)", "169.254.169.254"]) assert.ok(!evil.includes(hint), `${os} ${role}`);
    }
  });
});

describe("names, filters and markers", () => {
  it("are of letters, digits and hyphens for every spec that is accepted, so no filter's pattern is opened (fault 14)", () => {
    for (const name of [...HOSTILE, "a", "a-b", "a1", "constructor", "a-".repeat(12)]) {
      const document = { ...(quickstart()["spec"] as object), name };
      const accepted = acceptSpec(name, { spec: document }, undefined, TEST_NOW_MS);
      if (accepted.verdict !== "accepted") continue;
      const cluster = { id: name, uid: "abc123", spec: accepted.spec };
      assert.match(prefixOf(cluster), /^[a-z][a-z0-9-]*-[a-z0-9]{6}$/);
      assert.deepEqual(ownerOf({ description: marker(cluster, "x") }), { clusterId: name, uid: "abc123" });
    }
  });

  it("do not read an owner out of what somebody else wrote behind or before a marker", () => {
    for (const description of [
      "x clusterwright cluster=a uid=abc123",
      "clusterwright cluster=a uid=abc123x; y",
      "clusterwright cluster=a uid=abc123 uid=zzz999",
      "clusterwright cluster=a b uid=abc123",
      "clusterwright cluster=a\nuid=abc123",
      "CLUSTERWRIGHT cluster=a uid=abc123",
    ])
      assert.equal(ownerOf({ description }), undefined, description);
  });
});

describe("a hostile document", function () {
  this.timeout(20_000);
  it("leaves small, printable words in status, events and log, and the cluster can be mended (fault 10)", async () => {
    const good = quickstart();
    const documents: readonly Readonly<Record<string, unknown>>[] = [
      ...HOSTILE.map((text) => ({ ...good, deletion: { uid: text } })),
      ...HOSTILE.map((text) => ({ spec: { ...(good["spec"] as object), name: text } })),
      ...HOSTILE.map((text) => ({ spec: text })),
      ...[1, true, [], "x", { uid: { toString: 1 } }, { uid: ["a"] }, { uid: "y".repeat(150_000) }].map(
        (deletion) => ({
          ...good,
          deletion,
        }),
      ),
      {},
      { spec: null },
      { deletion: null },
    ];
    const world = fakeWorld([]);
    const lines: string[] = [];
    const engine = {
      ...world.engine,
      log: (_level: string, message: string) => void lines.push(message),
    };
    for (const document of documents.filter((one) => JSON.stringify(one).isWellFormed() && isStorable(one))) {
      await world.write(document);
      await pass(engine, ID, "written");
      const status = await world.status();
      for (const { message } of status.conditions) assert.doesNotMatch(message, OBEYED);
      assert.ok(JSON.stringify(status).length < 20_000, "the status stays small");
      assert.equal(status.deleting, false);
    }
    const events = await world.store.query({ collection: eventsPath(ID), limit: 500 });
    assert.ok(events.documents.length > 10);
    for (const { data } of events.documents) {
      for (const { message } of data["lines"] as readonly { readonly message: string }[])
        assert.doesNotMatch(message, OBEYED);
    }
    assert.ok(lines.length > 10);
    for (const line of lines) assert.doesNotMatch(line, OBEYED);
    await world.write(good);
    await pass(engine, ID, "written");
    const accepted = (await world.status()).conditions.find(({ type }) => type === "SpecAccepted");
    assert.equal(accepted?.status, "True");
  });
});

/** What the store refuses no pass ever sees. */
function isStorable(document: unknown): boolean {
  return textPlaces(document).every((place) => String(valueAt(document, place)).isWellFormed());
}
