import assert from "node:assert/strict";
import { createApi } from "../../functions/api/app.ts";
import type { ControlPlane } from "../../functions/control-plane.ts";
import { createRequest } from "../../shared/bootstrap/sign-request.ts";
import type { KubernetesRequest } from "../../shared/ports/kubernetes.ts";
import type { Store, Transaction } from "../../shared/ports/store.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const PROJECT = "demo-project";
const OPERATOR = "alice@example.com";

/** Everything that leaves the control plane for somebody's eyes, by where it went. */
type Seen = { readonly where: string; readonly text: string }[];

/** What no eye may see: by form, and the very secrets of this life by content. */
const FORMS: Readonly<Record<string, RegExp>> = {
  "a private key": /PRIVATE KEY/,
  "a signed token": /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/,
  "an access token": /ya29\./,
  "a bootstrap token": /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/,
};

/** Logs, documents and answers of a plane from now on, and the secrets that it makes. */
function watched(plane: SimulatedPlane): { readonly seen: Seen; readonly secrets: Set<string> } {
  const seen: Seen = [];
  const secrets = new Set<string>();
  const { store, cloud } = plane.engine;
  const keep = (where: string, value: unknown): void =>
    void seen.push({ where, text: JSON.stringify(value) });
  const recorded = (transaction: Transaction): Transaction => ({
    ...transaction,
    get: (path) => transaction.get(path),
    delete: (path) => transaction.delete(path),
    create: (path, data) => {
      keep(`document ${path}`, data);
      transaction.create(path, data);
    },
    set: (path, data) => {
      keep(`document ${path}`, data);
      transaction.set(path, data);
    },
  });
  const request = async (access: Parameters<typeof cloud.kubernetes.request>[0], call: KubernetesRequest) => {
    if (call.method === "POST" && call.path.endsWith("/secrets")) rememberToken(secrets, call.body);
    return cloud.kubernetes.request(access, call);
  };
  Object.assign(plane.engine, {
    log: (level: string, message: string, fields: unknown) => keep("log", { level, message, fields }),
    store: {
      ...store,
      get: store.get,
      query: store.query,
      watch: store.watch,
      close: store.close,
      transact: (body) => store.transact((transaction) => body(recorded(transaction))),
    } satisfies Store,
    cloud: { ...cloud, kubernetes: { request } },
  });
  return { seen, secrets };
}

function rememberToken(secrets: Set<string>, body: unknown): void {
  const { data } = body as { readonly data?: Readonly<Record<string, string>> };
  const secret = data?.["token-secret"];
  if (secret !== undefined) secrets.add(Buffer.from(secret, "base64").toString());
}

/** The inside of every private key, line by line: also where somebody has cut the armour off. */
function rememberKeys(plane: SimulatedPlane, secrets: Set<string>): void {
  for (const secret of plane.cloud.secrets.inProject(PROJECT)) {
    for (const { payload } of secret.versions) {
      const values = Object.values(JSON.parse(Buffer.from(payload).toString())) as unknown[];
      for (const value of values) {
        if (typeof value !== "string" || !value.includes("PRIVATE KEY")) continue;
        for (const line of value.split("\n").filter((one) => one.length >= 40 && !one.startsWith("-")))
          secrets.add(line);
      }
    }
  }
}

function apiOf(plane: SimulatedPlane) {
  const control: ControlPlane = {
    engine: plane.engine,
    identity: {
      machine: async () => assert.fail("no machine calls the API"),
      caller: async () => ({ email: OPERATOR }),
    },
    invoker: "invoker@example.com",
    pusher: "pusher@example.com",
    commander: "commander@example.com",
    deadLetters: { publish: async () => assert.fail("nothing is published by the API") },
    urls: {
      reconcile: "https://r.example",
      sweep: "https://s.example",
      api: "https://a.example",
      machineEvent: "https://m.example",
      maintenance: "https://c.example",
    },
    operators: [OPERATOR],
  };
  const app = createApi(control);
  return async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const init = {
      method,
      headers: { Authorization: "Bearer operators-token" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await app.request(`/v1/clusters${path}`, init);
    return { status: response.status, text: await response.text() };
  };
}

describe("secrets", function () {
  this.timeout(60_000);
  it("are in no document, log line, event, answer, console or metadata in the whole life of a cluster (S12)", async () => {
    const plane = simulatedPlane(12);
    const { seen, secrets } = watched(plane);
    const call = apiOf(plane);
    const spec = { ...exampleDocument("quickstart"), deletionProtection: false };
    await plane.write("quickstart", { spec });
    await plane.until("quickstart", (status) => status?.phase === "Ready");
    rememberKeys(plane, secrets);
    assert.ok(secrets.size >= 8, `keys and tokens of this life are known (${secrets.size})`);

    for (const path of ["", "/quickstart", "/quickstart/events?limit=200", "/quickstart/operations"]) {
      const answer = await call("GET", path);
      assert.equal(answer.status, 200, path);
      seen.push({ where: `GET ${path}`, text: answer.text });
    }
    const { request } = await createRequest(createSeededChance(99));
    const certificate = await call("POST", "/quickstart/certificate", { request });
    assert.equal(certificate.status, 200, certificate.text);
    seen.push({ where: "certificate", text: certificate.text });
    const broken = await call("POST", "/quickstart/certificate", { request: request.slice(0, 200) });
    seen.push({ where: "an error of the API", text: broken.text });
    seen.push(...(await resources(plane)));
    for (const [path, text] of await consoles(plane)) seen.push({ where: `console of ${path}`, text });

    const uid = (await plane.status("quickstart"))?.uid ?? "";
    const gone = await call("DELETE", `/quickstart?uid=${uid}`);
    seen.push({ where: "DELETE", text: gone.text });
    await plane.write("quickstart", { spec, deletion: { uid } });
    await plane.until("quickstart", (status) => status === undefined);

    assert.ok(seen.filter(({ where }) => where === "log").length > 50, "the log was kept");
    assert.ok(seen.filter(({ where }) => where.startsWith("document")).length > 50, "documents were kept");
    assert.ok(
      seen.some(({ where }) => where.startsWith("console")),
      "consoles were read",
    );
    const metadata = seen.filter(({ text }) => /"key":"(startup-script|user-data)"/.test(text));
    assert.ok(metadata.length >= 4, "the boot data of machines and templates was read");
    assert.ok(
      metadata.some(({ text }) => decoded(text).some((part) => part.includes("caHash"))),
      "and can be unpacked",
    );
    for (const { where, text } of seen) {
      for (const [what, form] of Object.entries(FORMS)) assert.doesNotMatch(text, form, `${where}: ${what}`);
      for (const secret of secrets) assert.ok(!text.includes(secret), `${where} holds a secret`);
      for (const part of decoded(text))
        for (const secret of secrets) assert.ok(!part.includes(secret), `${where} holds a secret in base64`);
    }
  });
});

/** Whatever of Compute Engine can hold a word of ours: machines and templates with their metadata, and what has labels. */
async function resources(plane: SimulatedPlane): Promise<Seen> {
  const { compute } = plane.engine.cloud;
  const kinds = ["instances", "disks", "addresses", "forwardingRules", "instanceGroupManagers"] as const;
  const everywhere = await Promise.all(
    kinds.map((kind) => compute.list({ kind, project: PROJECT, scope: "everywhere" })),
  );
  const templates = await compute.list({ kind: "instanceTemplates", project: PROJECT, scope: "global" });
  const found: readonly { readonly selfLink?: string }[] = [...everywhere.flat(), ...templates];
  return found.map((resource) => ({ where: resource.selfLink ?? "", text: JSON.stringify(resource) }));
}

async function consoles(plane: SimulatedPlane): Promise<readonly (readonly [string, string])[]> {
  const { compute } = plane.engine.cloud;
  const machines = await compute.list({ kind: "instances", project: PROJECT, scope: "everywhere" });
  return Promise.all(
    machines.map(async ({ selfLink = "", name, zone = "" }) => {
      const scope = `zones/${zone.split("/").at(-1)}` as const;
      const ref = { kind: "instances", project: PROJECT, scope, name } as const;
      return [selfLink, JSON.stringify(await compute.serialOutput(ref))] as const;
    }),
  );
}

/** What is packed in base64 within a text, as boot data and Secrets are. */
function decoded(text: string): readonly string[] {
  return (text.replace(/\\n/g, "").match(/[A-Za-z0-9+/]{80,}={0,2}/g) ?? []).map((run) =>
    Buffer.from(run, "base64").toString("latin1"),
  );
}
