/** The wire reads requests and writes answers as Google's hosts do. */
import assert from "node:assert/strict";
import { createFakeCompute, type FakeCompute, failure } from "./fake-compute.ts";
import { type Rig, startRig } from "./rig.ts";

interface ErrorAnswer {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status?: string;
    readonly errors?: readonly { readonly reason: string; readonly domain: string }[];
    readonly details?: readonly unknown[];
  };
}

describe("wire", () => {
  let rig: Rig;
  let fake: FakeCompute;
  before(async () => {
    fake = createFakeCompute();
    rig = await startRig({ compute: fake.service });
  });
  after(() => rig.wire.close());
  beforeEach(() => {
    fake.calls.length = 0;
  });

  const send = async (
    verb: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; type: string | null; json: unknown }> => {
    const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(`${rig.wire.url}${path}`, { method: verb, ...text });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      json: await response.json(),
    };
  };
  const refusal = async (path: string, body: unknown, verb = "POST"): Promise<ErrorAnswer["error"]> => {
    const answer = await send(verb, path, body);
    assert.equal(answer.status, 400, JSON.stringify(answer.json));
    assert.equal(fake.calls.length, 0, "a refused request must not reach the service");
    return (answer.json as ErrorAnswer).error;
  };
  const INSTANCES = "/compute/v1/projects/demo/zones/europe-west4-a/instances";

  it("hands a call over by the names of the published definitions", async () => {
    const body = { name: "one", disks: [{ boot: true, diskSizeGb: 10 }] };
    const answer = await send("POST", `${INSTANCES}?requestId=6f1e5f5c-0000-4000-8000-000000000001`, body);
    assert.equal(answer.status, 200);
    assert.equal(answer.type, "application/json; charset=UTF-8");
    assert.deepEqual(fake.calls, [
      {
        service: "Instances",
        method: "Insert",
        params: {
          project: "demo",
          zone: "europe-west4-a",
          requestId: "6f1e5f5c-0000-4000-8000-000000000001",
        },
        body: { name: "one", disks: [{ boot: true, diskSizeGb: "10" }] },
      },
    ]);
  });
  it("ignores query parameters that the API does not know and reads gcloud's True", async () => {
    await send("GET", "/compute/v1/projects/demo/aggregated/disks?includeAllScopes=True&alt=json&nonsense=1");
    assert.deepEqual(fake.calls[0]?.params, { project: "demo", includeAllScopes: "true" });
  });
  it("takes a GET that ends in a question mark", async () => {
    assert.equal((await send("GET", `${INSTANCES}?`)).status, 200);
  });
  it("takes the two quotation marks that clients post where there is no body", async () => {
    fake.next.push({ status: 200, body: { name: "o", status: "DONE" } });
    const path = "/compute/v1/projects/demo/zones/europe-west4-a/operations/o/wait";
    assert.equal((await send("POST", path, '""')).status, 200);
    assert.equal(fake.calls[0]?.method, "Wait");
    assert.equal(fake.calls[0]?.body, undefined);
  });
  it("finds the newest image of a family under any zone", async () => {
    await send("GET", "/compute/v1/projects/debian-cloud/zones/-/imageFamilyViews/debian-12");
    assert.deepEqual(fake.calls[0], {
      service: "ImageFamilyViews",
      method: "Get",
      params: { project: "debian-cloud", zone: "-", family: "debian-12" },
    });
  });
  it("tells a project with a domain from a custom verb", async () => {
    await send("GET", "/compute/v1/projects/example.com:demo/global/networks/one");
    assert.deepEqual(fake.calls[0]?.params, { project: "example.com:demo", network: "one" });
  });

  it("refuses unknown fields by name and place", async () => {
    const top = await refusal("/compute/v1/projects/demo/global/networks", { name: "n", foo: 1 });
    assert.equal(
      top.message,
      `Invalid JSON payload received. Unknown name "foo" at 'resource': Cannot find field.`,
    );
    assert.equal(top.status, "INVALID_ARGUMENT");
    assert.deepEqual(top.errors?.[0]?.reason, "invalid");
    const nested = await refusal(INSTANCES, {
      name: "i",
      networkInterfaces: [{}, { accessConfigs: [{ natIp: "x" }] }],
    });
    assert.match(nested.message, /"natIp" at 'resource\.networkInterfaces\[1\]\.accessConfigs\[0\]'/);
  });
  it("refuses wrong types", async () => {
    assert.match((await refusal(INSTANCES, { name: 1 })).message, /'resource\.name' \(TYPE_STRING\), 1/);
    assert.match((await refusal(INSTANCES, { canIpForward: "yes" })).message, /TYPE_BOOL/);
    assert.match((await refusal(INSTANCES, { disks: { boot: true } })).message, /resource\.disks/);
    assert.match((await refusal(INSTANCES, { labels: { a: 1 } })).message, /resource\.labels\[a\]/);
    assert.match((await refusal(INSTANCES, { disks: [{ index: 1.5 }] })).message, /TYPE_INT32/);
    assert.match(
      (await refusal(INSTANCES, { disks: [{ diskSizeGb: "9223372036854775808" }] })).message,
      /TYPE_INT64/,
    );
    assert.match((await refusal(INSTANCES, "[1]")).message, /'resource'/);
    assert.match((await refusal(INSTANCES, '{"name')).message, /Unexpected token/);
  });
  it("refuses enum values that neither the definitions nor their comments name", async () => {
    const groups = "/compute/v1/projects/demo/zones/europe-west4-a/instanceGroupManagers";
    const wrong = await refusal(groups, { updatePolicy: { minimalAction: "EXPLODE" } });
    assert.match(wrong.message, /"EXPLODE".*NONE, REFRESH, REPLACE, RESTART/);
    const right = await send("POST", groups, {
      name: "g",
      updatePolicy: { minimalAction: "REFRESH", type: "PROACTIVE" },
    });
    assert.equal(right.status, 200);
  });
  it("asks for what the API requires", async () => {
    assert.match((await refusal(INSTANCES, undefined)).message, /Required field 'resource'/);
    const resize = "/compute/v1/projects/demo/zones/europe-west4-a/instanceGroupManagers/g/resize";
    assert.match((await refusal(resize, undefined)).message, /Required field 'size'/);
    assert.match((await refusal(`${resize}?size=many`, undefined)).message, /'size': 'many'/);
  });
  it("keeps nulls in a patch, where they clear a field, and drops them elsewhere", async () => {
    await send("PATCH", "/compute/v1/projects/demo/global/firewalls/f", { description: null, priority: 7 });
    await send("POST", "/compute/v1/projects/demo/global/firewalls", { name: "f", description: null });
    assert.deepEqual(
      fake.calls.map((call) => call.body),
      [{ description: null, priority: 7 }, { name: "f" }],
    );
  });
  it("survives hostile names in a body", async () => {
    const answer = await send(
      "POST",
      INSTANCES,
      '{"name":"i","labels":{"__proto__":"x"},"__proto__":{"a":1}}',
    );
    assert.equal(answer.status, 400);
    assert.equal(({} as Record<string, unknown>)["a"], undefined);
  });

  it("writes the service's own error as it is", async () => {
    fake.next.push(failure(403, "quotaExceeded", "Quota 'CPUS' exceeded."));
    const answer = await send("GET", INSTANCES);
    assert.equal(answer.status, 403);
    assert.equal((answer.json as ErrorAnswer).error.errors?.[0]?.reason, "quotaExceeded");
  });
  it("answers 501 for what the API has and the simulated cloud does not", async () => {
    const answer = await send("GET", "/compute/v1/projects/demo/global/sslPolicies");
    assert.equal(answer.status, 501);
    assert.match((answer.json as ErrorAnswer).error.message, /SslPolicies\.List exists .* not model/);
  });
  it("answers 404 for what the API does not have", async () => {
    assert.equal((await send("GET", "/compute/v1/projects/demo/global/spaceships")).status, 404);
    assert.equal((await send("PUT", INSTANCES, {})).status, 404);
  });
  it("answers 404 for a path that is none", async () => {
    for (const path of ["//[", "/%", "/compute/v1/projects/%zz/global/networks/x/y/z"])
      assert.equal((await send("GET", path)).status, 404, path);
  });
  it("answers 500 with the story when a service breaks", async () => {
    const broken = await startRig({
      compute: () => {
        throw new Error("boom");
      },
    });
    const response = await fetch(`${broken.wire.url}${INSTANCES}`);
    await broken.wire.close();
    assert.equal(response.status, 500);
    assert.match(((await response.json()) as ErrorAnswer).error.message, /boom/);
  });
  it("refuses a body that is larger than the API takes", async () => {
    const body = JSON.stringify({ name: "x".repeat(11 * 1024 * 1024) });
    assert.equal((await send("POST", INSTANCES, body)).status, 413);
  });

  it("answers a batch part by part under the callers' ids", async () => {
    const part = (id: string, line: string, body = ""): string =>
      `--xx\r\nContent-Type: application/http\r\nContent-ID: <${id}>\r\n\r\n${line}\r\nContent-Type: application/json\r\n\r\n${body}\r\n`;
    const body = `${part("a+1", `POST ${INSTANCES}`, JSON.stringify({ name: "batched" }))}${part("a+2", `GET ${rig.wire.url}${INSTANCES}/missing?alt=json HTTP/1.1`)}--xx--\r\n`;
    const response = await fetch(`${rig.wire.url}/batch/compute/v1`, {
      method: "POST",
      headers: { "Content-Type": 'multipart/mixed; boundary="xx"' },
      body,
    });
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^multipart\/mixed; boundary=/);
    assert.match(text, /Content-ID: <response-a\+1>\r\n\r\nHTTP\/1\.1 200 OK/);
    assert.match(text, /Content-ID: <response-a\+2>\r\n\r\nHTTP\/1\.1 404 Not Found/);
    assert.deepEqual(
      fake.calls.map((call) => call.method),
      ["Insert", "Get"],
    );
    assert.deepEqual(fake.calls[0]?.body, { name: "batched" });
  });
  it("publishes the keys that its tokens are signed with", async () => {
    const { json } = await send("GET", "/oauth2/v3/certs");
    const [key] = (json as { keys: readonly Record<string, unknown>[] }).keys;
    assert.equal(key?.["kty"], "RSA");
    assert.equal(key?.["d"], undefined, "the private key stays here");
  });
  it("gives out access tokens that last no longer than an hour", async () => {
    const path = "/v1/projects/-/serviceAccounts/a@demo.iam.gserviceaccount.com:generateAccessToken";
    const { json } = await send("POST", path, { scope: ["x"], lifetime: "600s" });
    const { accessToken, expireTime } = json as { accessToken: string; expireTime: string };
    assert.equal(rig.identity.emailOfAccessToken(accessToken), "a@demo.iam.gserviceaccount.com");
    assert.equal(expireTime, "2026-01-03T02:10:00.000Z");
    assert.equal((await send("POST", path, { scope: ["x"], lifetime: "7200s" })).status, 400);
    await rig.clock.advance(601_000);
    assert.equal(rig.identity.emailOfAccessToken(accessToken), undefined);
  });
});
