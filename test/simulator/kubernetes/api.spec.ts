import assert from "node:assert/strict";
import type { KubeObject } from "../../../simulator/kubernetes/objects/object.ts";
import type { Status } from "../../../simulator/kubernetes/objects/status.ts";
import { HISTORY_MAX } from "../../../simulator/kubernetes/storage/history.ts";
import { deployment, makeCluster } from "./fixture.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (
  name: string,
  data: Record<string, string> = { a: "1" },
  labels: Record<string, string> = {},
) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels },
  data,
});
interface List {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubeObject[];
}
const MERGE = { "content-type": "application/merge-patch+json" };

describe("The API of a simulated cluster", () => {
  it("stores what is created and fills in uid, creation time and resourceVersion", async () => {
    const { ask } = await makeCluster();
    const made = ask("POST", CONFIGMAPS, configMap("one"));
    const { metadata } = made.body as KubeObject;
    assert.equal(made.status, 201);
    assert.match(metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.equal(metadata.creationTimestamp, "2026-09-01T08:00:00Z");
    assert.equal(metadata.namespace, "default");
    assert.deepEqual(ask("GET", `${CONFIGMAPS}/one`).body, made.body);
  });

  it("refuses a second object of the same name with 409 AlreadyExists", async () => {
    const { ask } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one"));
    const again = ask("POST", CONFIGMAPS, configMap("one"));
    assert.equal(again.status, 409);
    assert.equal((again.body as Status).reason, "AlreadyExists");
    assert.equal((again.body as Status).message, 'configmaps "one" already exists');
  });

  it("refuses an update whose resourceVersion is stale with 409 Conflict", async () => {
    const { ask, read } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one"));
    const old = read(`${CONFIGMAPS}/one`);
    ask("PUT", `${CONFIGMAPS}/one`, { ...old, data: { a: "2" } });
    const late = ask("PUT", `${CONFIGMAPS}/one`, { ...old, data: { a: "3" } });
    assert.equal(late.status, 409);
    assert.match(
      (late.body as Status).message ?? "",
      /the object has been modified; please apply your changes/,
    );
    assert.deepEqual(read(`${CONFIGMAPS}/one`)["data"], { a: "2" });
  });

  it("does not write an update that changes nothing", async () => {
    const { ask, read } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one"));
    const before = read(`${CONFIGMAPS}/one`).metadata.resourceVersion;
    ask("PATCH", `${CONFIGMAPS}/one`, { data: { a: "1" } }, MERGE);
    assert.equal(read(`${CONFIGMAPS}/one`).metadata.resourceVersion, before);
  });

  it("names what is missing in a 404 and what is wrong in a 422", async () => {
    const { ask } = await makeCluster();
    const missing = ask("GET", "/apis/apps/v1/namespaces/default/deployments/web");
    assert.equal((missing.body as Status).message, 'deployments.apps "web" not found');
    const wrong = ask("POST", CONFIGMAPS, configMap("Not_A_Name"));
    assert.equal(wrong.status, 422);
    assert.equal((wrong.body as Status).details?.causes?.[0]?.field, "metadata.name");
    const unmatched = deployment("web", 1);
    const spec = { ...unmatched.spec, selector: { matchLabels: { app: "other" } } };
    const refused = ask("POST", "/apis/apps/v1/namespaces/default/deployments", { ...unmatched, spec });
    assert.match((refused.body as Status).message ?? "", /`selector` does not match template `labels`/);
  });

  it("refuses unknown fields when validation is strict, and warns of them when asked to", async () => {
    const { ask } = await makeCluster();
    const body = { ...deployment("web", 1), spec: { ...deployment("web", 1).spec, replica: 3 } };
    const path = "/apis/apps/v1/namespaces/default/deployments";
    const strict = ask("POST", `${path}?fieldValidation=Strict`, body);
    assert.equal(strict.status, 400);
    assert.match(
      (strict.body as Status).message ?? "",
      /strict decoding error: unknown field "spec.replica"/,
    );
    assert.match(
      ask("POST", `${path}?fieldValidation=Warn`, body).headers?.["warning"] ?? "",
      /unknown field/,
    );
  });

  it("gives generated names, and refuses objects without any", async () => {
    const { ask } = await makeCluster();
    const made = ask("POST", CONFIGMAPS, { metadata: { generateName: "web-" } }).body as KubeObject;
    assert.match(made.metadata.name, /^web-[a-z0-9]{5}$/);
    assert.equal(ask("POST", CONFIGMAPS, { metadata: {} }).status, 422);
  });

  it("changes nothing on a dry run", async () => {
    const { ask } = await makeCluster();
    assert.equal(ask("POST", `${CONFIGMAPS}?dryRun=All`, configMap("one")).status, 201);
    assert.equal(ask("GET", `${CONFIGMAPS}/one`).status, 404);
    ask("POST", CONFIGMAPS, configMap("one"));
    assert.equal(ask("DELETE", `${CONFIGMAPS}/one?dryRun=All`).status, 200);
    assert.equal(ask("GET", `${CONFIGMAPS}/one`).status, 200);
  });

  it("lists in pages that together are the whole list, once each", async () => {
    const { ask } = await makeCluster();
    for (let index = 0; index < 7; index += 1) ask("POST", CONFIGMAPS, configMap(`c-${index}`));
    const names: string[] = [];
    let next = "";
    let pages = 0;
    do {
      const page = ask("GET", `${CONFIGMAPS}?limit=3&continue=${next}`).body as List;
      names.push(...page.items.map(({ metadata }) => metadata.name));
      next = page.metadata.continue ?? "";
      pages += 1;
    } while (next !== "");
    assert.equal(pages, 3);
    assert.deepEqual(names, [...Array.from({ length: 7 }, (_, index) => `c-${index}`), "kube-root-ca.crt"]);
  });

  it("refuses a page token that is older than a compaction with 410", async () => {
    const { ask, seconds } = await makeCluster();
    for (let index = 0; index < 3; index += 1) ask("POST", CONFIGMAPS, configMap(`c-${index}`));
    const page = ask("GET", `${CONFIGMAPS}?limit=1`).body as List;
    await seconds(301);
    assert.equal(ask("GET", `${CONFIGMAPS}?limit=1&continue=${page.metadata.continue}`).status, 410);
  });

  it("selects by labels and by the fields that a resource can be selected by", async () => {
    const { ask } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("a", {}, { tier: "web", env: "prod" }));
    ask("POST", CONFIGMAPS, configMap("b", {}, { tier: "db" }));
    const names = (query: string) =>
      (ask("GET", `${CONFIGMAPS}?${query}`).body as List).items.map(({ metadata }) => metadata.name);
    const labels = (selector: string) => names(`labelSelector=${encodeURIComponent(selector)}`);
    assert.deepEqual(labels("tier=web"), ["a"]);
    assert.deepEqual(labels("tier in (web,db)"), ["a", "b"]);
    assert.deepEqual(labels("tier,env notin (prod)"), ["b"]);
    assert.deepEqual(labels("!tier"), ["kube-root-ca.crt"]);
    assert.deepEqual(names("fieldSelector=metadata.name%3Db"), ["b"]);
    const unknown = ask("GET", `${CONFIGMAPS}?fieldSelector=data.a%3D1`);
    assert.equal(unknown.status, 400);
    assert.match((unknown.body as Status).message ?? "", /field label not supported: data.a/);
  });

  it("says nothing of other kinds of patches than it has", async () => {
    const { ask } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one"));
    assert.equal(ask("PATCH", `${CONFIGMAPS}/one`, {}, { "content-type": "text/plain" }).status, 415);
    const patched = ask("PATCH", `${CONFIGMAPS}/one`, [{ op: "replace", path: "/data/a", value: "9" }], {
      "content-type": "application/json-patch+json",
    });
    assert.deepEqual((patched.body as KubeObject)["data"], { a: "9" });
  });

  it("serves what a CustomResourceDefinition defines, and forgets it with the definition", async () => {
    const { ask } = await makeCluster();
    const definition = {
      metadata: { name: "crontabs.stable.example.com" },
      spec: {
        group: "stable.example.com",
        scope: "Namespaced",
        names: { plural: "crontabs", singular: "crontab", kind: "CronTab", shortNames: ["ct"] },
        versions: [
          { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
        ],
      },
    };
    const path = "/apis/stable.example.com/v1/namespaces/default/crontabs";
    assert.equal(ask("GET", path).status, 404);
    ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    assert.equal(ask("POST", path, { metadata: { name: "mine" }, spec: { cron: "* * * * *" } }).status, 201);
    assert.equal((ask("GET", path).body as List).items.length, 1);
    ask("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com");
    assert.equal(ask("GET", path).status, 404);
  });

  it("keeps an object with finalizers until the last of them is taken away", async () => {
    const { ask, read } = await makeCluster();
    const made = configMap("one");
    ask("POST", CONFIGMAPS, { ...made, metadata: { ...made.metadata, finalizers: ["example.com/hold"] } });
    ask("DELETE", `${CONFIGMAPS}/one`);
    assert.notEqual(read(`${CONFIGMAPS}/one`).metadata.deletionTimestamp, undefined);
    ask("PATCH", `${CONFIGMAPS}/one`, { metadata: { finalizers: null } }, MERGE);
    assert.equal(ask("GET", `${CONFIGMAPS}/one`).status, 404);
  });

  it("empties a namespace before it is gone, and takes nothing new meanwhile", async () => {
    const { ask, seconds } = await makeCluster();
    ask("POST", "/api/v1/namespaces", { metadata: { name: "team" } });
    ask("POST", "/api/v1/namespaces/team/configmaps", configMap("one"));
    ask("DELETE", "/api/v1/namespaces/team");
    const late = ask("POST", "/api/v1/namespaces/team/configmaps", configMap("two"));
    const { reason, details } = late.body as Status;
    assert.deepEqual([reason, details?.causes?.[0]?.reason], ["Forbidden", "NamespaceTerminating"]);
    assert.equal(late.status, 403);
    await seconds(5);
    assert.equal(ask("GET", "/api/v1/namespaces/team").status, 404);
    assert.equal(ask("GET", "/api/v1/namespaces/team/configmaps/one").status, 404);
  });
});

describe("A watch", () => {
  interface Event {
    type: string;
    object: KubeObject;
  }
  async function take(stream: AsyncIterable<unknown> | undefined, count: number): Promise<Event[]> {
    const events: Event[] = [];
    assert.ok(stream !== undefined);
    for await (const event of stream) if (events.push(event as Event) === count) break;
    return events;
  }
  const short = ({ type, object }: Event) => `${type} ${object.metadata.name}`;

  it("begins with what there is and goes on with what happens", async () => {
    const { ask } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one", {}, { watched: "yes" }));
    const stream = ask("GET", `${CONFIGMAPS}?watch=true&labelSelector=watched%3Dyes`).watch;
    ask("POST", CONFIGMAPS, configMap("two", {}, { watched: "yes" }));
    ask("PATCH", `${CONFIGMAPS}/one`, { metadata: { labels: { watched: "no" } } }, MERGE);
    ask("DELETE", `${CONFIGMAPS}/two`);
    const events = await take(stream, 4);
    assert.deepEqual(events.map(short), ["ADDED one", "ADDED two", "DELETED one", "DELETED two"]);
  });

  it("goes on from a resourceVersion without a gap", async () => {
    const { ask } = await makeCluster();
    const from = (ask("GET", CONFIGMAPS).body as List).metadata.resourceVersion;
    ask("POST", CONFIGMAPS, configMap("one"));
    ask("POST", CONFIGMAPS, configMap("two"));
    const events = await take(ask("GET", `${CONFIGMAPS}?watch=1&resourceVersion=${from}`).watch, 2);
    assert.deepEqual(events.map(short), ["ADDED one", "ADDED two"]);
  });

  it("answers 410 Gone in the stream when the resourceVersion is no longer remembered", async () => {
    const { ask } = await makeCluster();
    ask("POST", CONFIGMAPS, configMap("one"));
    for (let index = 0; index <= 2 * HISTORY_MAX; index += 1)
      ask("PATCH", `${CONFIGMAPS}/one`, { data: { a: String(index) } }, MERGE);
    const [event] = await take(ask("GET", `${CONFIGMAPS}?watch=1&resourceVersion=1`).watch, 1);
    assert.equal(event?.type, "ERROR");
    assert.equal((event?.object as unknown as Status | undefined)?.code, 410);
  });

  it("sends bookmarks, and ends when its time is over", async () => {
    const { ask, seconds } = await makeCluster();
    const stream = ask(
      "GET",
      `${CONFIGMAPS}?watch=1&resourceVersion=99999&allowWatchBookmarks=true&timeoutSeconds=90`,
    ).watch;
    await seconds(95);
    const events: Event[] = [];
    for await (const event of stream ?? []) events.push(event as Event);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["BOOKMARK"],
    );
  });

  it("sees leases being renewed, although nobody stores renewals that nobody watches", async () => {
    const { ask, seconds, cluster, clock } = await makeCluster();
    await seconds(30);
    const quiet = cluster.store.revision();
    await clock.advance(600_000);
    assert.equal(cluster.store.revision(), quiet);
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const lease = ask("GET", `${leases}/cp-0`).body as KubeObject;
    assert.equal(lease.spec?.["renewTime"], "2026-09-01T08:10:30.000000Z");
    const stream = ask("GET", `${leases}?watch=1`).watch;
    await seconds(21);
    const events = await take(stream, 3);
    assert.deepEqual(events.map(short), ["ADDED cp-0", "MODIFIED cp-0", "MODIFIED cp-0"]);
  });
});
