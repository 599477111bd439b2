import assert from "node:assert/strict";
import { createApi } from "../../functions/api/app.ts";
import { acceptSpec, SPEC_BYTES_MAX } from "../../shared/engine/accept.ts";
import { pass } from "../../shared/engine/pass.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import { DOCUMENT_BYTES_MAX } from "../../shared/ports/store.ts";
import { userManifests } from "../../shared/resources/kubernetes/user-manifests.ts";
import { OPERATOR, testPlane, URLS } from "../functions/plane.ts";
import { fakeWorld, ID, quickstart } from "../support/fake-engine.ts";
import { TEST_NOW_MS } from "../support/specs.ts";

/**
 * Processor time, whatever else the machine does. The slowest honest document takes a few hundredths of a second; what is
 * looked for are seconds and minutes.
 */
const CPU_MS_MAX = 5_000;
const ERRORS_MAX = 200;

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
function fields(count: number, name: (index: number) => string, value: unknown = 1): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), value]));
}
const spec = (changes: object) => ({ ...(quickstart()["spec"] as object), ...changes });
const pool = (changes: object) => spec({ nodePools: [{ name: "general", ...changes }] });
const manifests = (text: string, count = 2) =>
  spec({ addons: { manifests: Array.from({ length: count }, (_, index) => `${text}\n# ${index}`) } });
const windows = (recurrence: string, start: string) =>
  spec({ maintenance: { windows: Array.from({ length: 10 }, () => ({ start, recurrence })) } });
const version = (text: string) => spec({ kubernetes: { version: text } });

const SLOW: Readonly<Record<string, unknown>> = {
  "19,000 unknown fields": spec(fields(19_000, (index) => `k${index}`)),
  "3,000 unknown fields of 60 letters": spec(fields(3_000, (index) => `${"x".repeat(55)}${index}`)),
  "a name of 190 KB": spec({ ["x".repeat(190_000)]: 1 }),
  "a text of 190 KB": spec({ region: "a-".repeat(95_000) }),
  "1,000 pools": spec({ nodePools: Array.from({ length: 1_000 }, (_, index) => ({ name: `p${index}` })) }),
  "50 pools of one name": spec({ nodePools: Array.from({ length: 50 }, () => ({ name: "p" })) }),
  "50 pools of most machines": spec({
    nodePools: Array.from({ length: 50 }, (_, index) => ({ name: `p${index}`, size: 2_000 })),
  }),
  "15,000 zones": spec({ zones: Array.from({ length: 15_000 }, (_, index) => `z${index}`) }),
  "15,000 good labels": pool({ labels: fields(15_000, (index) => `k${index}`, "v") }),
  "12,000 bad labels": pool({ labels: fields(12_000, (index) => `-k${index}`, "v") }),
  "a label's prefix of many dots": pool({ labels: { [`${"a.".repeat(90_000)}!/x`]: "v" } }),
  "a label's value of many dots": pool({ labels: { x: `${"a.".repeat(2_000)}!` } }),
  "3,000 taints": pool({
    taints: Array.from({ length: 3_000 }, () => ({ key: "a", effect: "NoSchedule" })),
  }),
  "an email of many hyphens": pool({ serviceAccount: `a${"-".repeat(3_900)}@` }),
  "a repository of many dots": spec({
    registry: { repositories: [`a-docker.pkg.dev/p-p/${"a.".repeat(90)}/!`] },
  }),
  "a topic of many dots": spec({ notifications: { topic: `projects/p-p/topics/${"a.".repeat(130)}!` } }),
  "a filter of many dollars": spec({ logging: { exclude: [{ name: "a", filter: "$".repeat(1_999) }] } }),
  "versions of many ors": version("1.36 || ".repeat(8)),
  "versions of many signs": version(">=".repeat(32)),
  "versions of many blanks": version(`${" ".repeat(63)}1`),
  "versions of many dots": version("1.".repeat(32)),
  "versions of many hyphens": version("1 - 2 ".repeat(10)),
  "windows on the 31st of February": windows("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "2020-01-01T02:00"),
  "windows on the 99th Monday": windows("FREQ=MONTHLY;BYDAY=99MO", "2100-12-31T23:59"),
  "windows every 999 years": windows("FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29", "2020-01-01T02:00"),
  "windows that count far": windows("FREQ=DAILY;COUNT=99999", "2020-01-01T02:00"),
  "windows of the 99th of many": windows(
    "FREQ=MONTHLY;BYMONTHDAY=-31,31;BYDAY=FR;BYSETPOS=99",
    "2020-01-01T02:00",
  ),
  "manifests of open brackets": manifests("[".repeat(59_000)),
  "manifests of open braces": manifests("{".repeat(59_000)),
  "manifests of hyphens": manifests("- ".repeat(29_000)),
  "manifests of questions": manifests("? ".repeat(29_000)),
  "manifests of colons": manifests("a: ".repeat(19_000)),
  "manifests of 14,000 documents": manifests("---\n".repeat(14_000)),
  "manifests of anchors": manifests("&a ".repeat(19_000)),
  "manifests of quotes": manifests('"'.repeat(59_000)),
  "manifests of 6,500 fields": manifests(
    `apiVersion: v1\nkind: ConfigMap\n${Object.keys(fields(6_500, (index) => `k${index}`)).join(": 1\n")}: 1`,
  ),
  "manifests that multiply": manifests(
    `a: &a [x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f"].map((name, index) => `${name}: &${name} [${Array.from({ length: 8 }, () => `*${"abcde"[index]}`).join(",")}]`).join("\n")}`,
  ),
};

describe("a document that is made to be slow", function () {
  this.timeout(20_000);
  const { stackTraceLimit } = Error;
  // Mocha keeps whole stacks, which makes every error of a parser dear; no deployment does.
  before(() => {
    Error.stackTraceLimit = 10;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  for (const [what, document] of Object.entries(SLOW)) {
    it(`is judged in bounded time, and told of in few words: ${what}`, () => {
      let told = 0;
      const spent = cpuMs(() => {
        const acceptance = acceptSpec(ID, { spec: document }, undefined, TEST_NOW_MS);
        told = acceptance.verdict === "refused" ? acceptance.errors.length : 0;
      });
      assert.ok(spent < CPU_MS_MAX, `${Math.round(spent)} ms`);
      assert.ok(told <= ERRORS_MAX, `${told} errors`);
    });
  }

  it("is read in bounded time again where its manifests are applied", () => {
    const keys = Object.keys(fields(9_000, (index) => `k${index}`)).join(": 1\n");
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n${keys}: 1`;
    const spent = cpuMs(() => assert.equal(userManifests([text]).objects.length, 1));
    assert.ok(spent < CPU_MS_MAX, `${Math.round(spent)} ms`);
  });

  it("with a field twice in a manifest is refused, at any depth", () => {
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: [{ b: 1, b: 2 }] }";
    const acceptance = acceptSpec(ID, { spec: manifests(text, 1) }, undefined, TEST_NOW_MS);
    assert.equal(acceptance.verdict, "refused");
    assert.match(JSON.stringify(acceptance), /has a field twice/);
  });
});

describe("a document as large as the store takes it", function () {
  this.timeout(20_000);
  const comment = (bytes: number) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n${`#${"x".repeat(98)}\n`.repeat(bytes / 100)}`;
  const large = {
    spec: spec({ addons: { manifests: [1, 2, 3].map((one) => `${comment(59_000)}# ${one}`) } }),
  };

  it("is refused by name, and does not keep its status from being saved", async () => {
    const world = fakeWorld([]);
    const { length } = JSON.stringify(large);
    assert.ok(length > SPEC_BYTES_MAX && length < DOCUMENT_BYTES_MAX, String(length));
    await world.write(large);
    assert.equal((await pass(world.engine, ID, "written")).outcome, "saved");
    const accepted = (await world.status()).conditions.find(({ type }) => type === "SpecAccepted");
    assert.match(accepted?.message ?? "", /with its defaults, more than 120000/);
  });

  it("leaves room for the status where it is just accepted", async () => {
    const world = fakeWorld([]);
    await world.write({ spec: spec({ addons: { manifests: [comment(58_000), `${comment(58_000)}# 2`] } }) });
    assert.equal((await pass(world.engine, ID, "written")).outcome, "saved");
    assert.ok((await world.status()).accepted !== undefined);
    assert.ok(JSON.stringify(await world.status()).length < DOCUMENT_BYTES_MAX * 0.7);
  });
});

describe("the API", () => {
  it("answers 422 to a spec of 25,000 levels, and writes nothing", async () => {
    const { plane, bearer, world, lines } = await testPlane();
    const headers = { Authorization: await bearer(OPERATOR, URLS.api) };
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const depth = 25_000;
      const body = `{"spec":${open.repeat(depth)}1${close.repeat(depth)}}`;
      const response = await createApi(plane).request(`/v1/clusters/${ID}`, { method: "PUT", headers, body });
      assert.equal(response.status, 422, await response.text());
    }
    assert.equal(await world.store.get(clusterPath(ID)), undefined);
    assert.deepEqual(
      lines.filter(({ level }) => level === "error"),
      [],
    );
  });

  it("answers strange pages and limits without a fault of its own", async () => {
    const { plane, bearer, lines } = await testPlane();
    const headers = { Authorization: await bearer(OPERATOR, URLS.api) };
    const queries = [
      "limit=-1",
      "limit=1e99",
      "limit=1.5",
      "limit=NaN",
      "limit=",
      "limit=0x10",
      "page=x",
      "page=",
      "page=%00",
      `page=${"A".repeat(5_000)}`,
      "page[]=1",
      "limit=1&limit=2",
      "ended=true&limit=0&page=x",
      "ended=true&ended=false",
    ];
    for (const query of queries) {
      for (const path of ["", "/x/events", "/x/operations", "/x/disruptions"]) {
        const response = await createApi(plane).request(`/v1/clusters${path}?${query}`, { headers });
        assert.ok(
          response.status < 500,
          `${path}?${query.slice(0, 40)} ${response.status} ${await response.text()}`,
        );
      }
    }
    assert.deepEqual(
      lines.filter(({ level }) => level === "error"),
      [],
    );
  });
});
