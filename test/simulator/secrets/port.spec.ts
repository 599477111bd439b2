/** The control plane's port over the simulated secrets. */
import assert from "node:assert/strict";
import { isCloudError } from "../../../shared/ports/cloud-error.ts";
import type { Secrets } from "../../../shared/ports/secrets.ts";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { createSecretsPort } from "../../../simulator/secrets/port.ts";
import { createSecretsService } from "../../../simulator/secrets/service.ts";
import { createSecretStore, type SecretStore } from "../../../simulator/secrets/store.ts";
import { describeSecrets } from "../../contract/secrets.ts";
import { readersOf } from "./readers.ts";

describeSecrets("simulated secrets as the port", async () => {
  const store = createSecretStore(createVirtualClock(Date.UTC(2026, 0, 1)));
  return {
    secrets: createSecretsPort(store),
    readers: async (project, name) => readersOf(store, project, name),
    close: async () => {},
  };
});

describe("simulated secrets, in process", () => {
  let store: SecretStore;
  let secrets: Secrets;
  beforeEach(() => {
    store = createSecretStore(createVirtualClock(1_000));
    secrets = createSecretsPort(store);
  });

  it("reads back what was created, and nothing for what was not", async () => {
    await secrets.create("demo", "ca", new Uint8Array([1, 2, 3]), { cluster: "ab12cd" });
    assert.deepEqual(await secrets.read("demo", "ca"), new Uint8Array([1, 2, 3]));
    assert.equal(await secrets.read("demo", "other"), undefined);
    assert.equal(await secrets.read("another", "ca"), undefined);
  });
  it("reads the newest version that is enabled", async () => {
    await secrets.create("demo", "ca", new Uint8Array([1]), {});
    const version = store.find("demo", "ca")?.versions[0];
    assert.ok(version);
    version.state = "DISABLED";
    assert.equal(await secrets.read("demo", "ca"), undefined);
  });
  it("refuses a taken name, and a payload or name that Secret Manager would refuse", async () => {
    await secrets.create("demo", "ca", new Uint8Array([1]), {});
    const again = secrets.create("demo", "ca", new Uint8Array([2]), {});
    await assert.rejects(again, (error) => isCloudError(error, "already-exists"));
    for (const [name, payload] of [
      ["big", new Uint8Array(64 * 1024 + 1)],
      ["bad name", new Uint8Array([1])],
    ] as const)
      await assert.rejects(secrets.create("demo", name, payload, {}), (error) =>
        isCloudError(error, "invalid"),
      );
    assert.equal(store.inProject("demo").length, 1);
  });
  it("lets an account read, once however often it is asked", async () => {
    await secrets.create("demo", "ca", new Uint8Array([1]), {});
    await secrets.allow("demo", "ca", "a@x");
    await secrets.allow("demo", "ca", "a@x");
    await secrets.allow("demo", "ca", "b@x");
    assert.deepEqual(store.find("demo", "ca")?.bindings, [
      { role: "roles/secretmanager.secretAccessor", members: ["serviceAccount:a@x", "serviceAccount:b@x"] },
    ]);
    await assert.rejects(secrets.allow("demo", "none", "a@x"), (error) => isCloudError(error, "not-found"));
  });
  it("lists by label and deletes without fuss", async () => {
    await secrets.create("demo", "one", new Uint8Array([1]), { cluster: "ab12cd" });
    await secrets.create("demo", "two", new Uint8Array([1]), { cluster: "zz99zz" });
    const label = { key: "cluster", value: "ab12cd" };
    assert.deepEqual(await secrets.list("demo", label), [
      { name: "one", labels: { cluster: "ab12cd" }, createdMs: 1_000 },
    ]);
    await secrets.delete("demo", "one");
    await secrets.delete("demo", "one");
    assert.deepEqual(await secrets.list("demo", label), []);
  });
  it("lists by the labels that secrets have now, newest first", async () => {
    const label = { key: "cluster", value: "ab12cd" };
    const names = async () => (await secrets.list("demo", label)).map(({ name }) => name);
    for (const name of ["one", "two"])
      await secrets.create("demo", name, new Uint8Array([1]), { cluster: "ab12cd" });
    assert.deepEqual(await names(), ["two", "one"]);
    const service = createSecretsService({ store });
    const relabel = (cluster: string) =>
      service({
        service: "SecretManagerService",
        method: "UpdateSecret",
        params: { "secret.name": "projects/demo/secrets/two", updateMask: "labels" },
        body: { labels: { cluster } },
        caller: undefined,
      });
    await relabel("zz99zz");
    assert.deepEqual(await names(), ["one"]);
    await relabel("ab12cd");
    assert.deepEqual((await names()).sort(), ["one", "two"]);
  });
});
