/** What every Secrets must do, run against each implementation. */
import assert from "node:assert/strict";
import { type CloudErrorCode, isCloudError } from "../../shared/ports/cloud-error.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";

export interface SecretsHarness {
  readonly secrets: Secrets;
  /** Members that may read a secret, sorted. */
  readers(project: string, name: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const PROJECT = "acme-prod";
const LABELS = { cluster: "checkout", uid: "ab12cd" };
const SERVICE_ACCOUNT = "control-plane@acme-prod.iam.gserviceaccount.com";

export function describeSecrets(name: string, open: () => Promise<SecretsHarness>): void {
  describe(name, () => {
    let harness: SecretsHarness;
    let secrets: Secrets;
    beforeEach(async () => {
      harness = await open();
      secrets = harness.secrets;
    });
    afterEach(() => harness.close());
    const bytes = (text: string) => new TextEncoder().encode(text);
    const create = (name: string, payload = bytes("payload"), labels: Record<string, string> = LABELS) =>
      secrets.create(PROJECT, name, payload, labels);
    const refuses = (code: CloudErrorCode, action: () => Promise<unknown>) =>
      assert.rejects(action, (error) => isCloudError(error, code));

    it("gives back what was put in, byte for byte", async () => {
      const payload = Uint8Array.from({ length: 256 }, (_, value) => value);
      await create("ca", payload);
      assert.deepEqual(await secrets.read(PROJECT, "ca"), payload);
    });

    it("answers nothing for a secret that is not there, or is another project's", async () => {
      await create("ca");
      assert.equal(await secrets.read(PROJECT, "other"), undefined);
      assert.equal(await secrets.read("other-project", "ca"), undefined);
    });

    it("refuses to create what is there, and leaves it as it was", async () => {
      await create("ca", bytes("first"));
      await refuses("already-exists", () => create("ca", bytes("second")));
      assert.deepEqual(await secrets.read(PROJECT, "ca"), bytes("first"));
    });

    it("lets exactly one of several create a secret, and everyone read that one's", async () => {
      const results = await Promise.allSettled(
        ["a", "b", "c"].map((text) => create("ca", bytes(text)).then(() => text)),
      );
      const winners = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      assert.equal(winners.length, 1);
      assert.deepEqual(await secrets.read(PROJECT, "ca"), bytes(winners[0] ?? ""));
    });

    it("lists those with a label's value, with their labels and age", async () => {
      await create("b");
      await create("a");
      await create("c", bytes("x"), { cluster: "checkout-2" });
      await create("d", bytes("x"), {});
      const found = await secrets.list(PROJECT, { key: "cluster", value: "checkout" });
      assert.deepEqual(found.map(({ name }) => name).toSorted(), ["a", "b"]);
      for (const { labels, createdMs } of found) {
        assert.deepEqual(labels, LABELS);
        assert.ok(createdMs > Date.UTC(2020, 0, 1));
      }
      assert.deepEqual(await secrets.list("other-project", { key: "cluster", value: "checkout" }), []);
    });

    it("deletes a secret whole, which is harmless twice, so that it can be created anew", async () => {
      await create("ca", bytes("first"));
      await secrets.delete(PROJECT, "ca");
      await secrets.delete(PROJECT, "ca");
      assert.equal(await secrets.read(PROJECT, "ca"), undefined);
      await create("ca", bytes("second"));
      assert.deepEqual(await secrets.read(PROJECT, "ca"), bytes("second"));
    });

    it("lets a service account read one secret, once, and no other", async () => {
      await create("ca");
      await create("other");
      await secrets.allow(PROJECT, "ca", SERVICE_ACCOUNT);
      await secrets.allow(PROJECT, "ca", SERVICE_ACCOUNT);
      await secrets.allow(PROJECT, "ca", `second-${SERVICE_ACCOUNT}`);
      assert.deepEqual(
        await harness.readers(PROJECT, "ca"),
        [SERVICE_ACCOUNT, `second-${SERVICE_ACCOUNT}`].toSorted(),
      );
      assert.deepEqual(await harness.readers(PROJECT, "other"), []);
      await refuses("not-found", () => secrets.allow(PROJECT, "absent", SERVICE_ACCOUNT));
      await refuses("invalid", () => secrets.allow(PROJECT, "ca", "allUsers"));
    });

    it("refuses names, labels and payloads that Secret Manager would refuse", async () => {
      await refuses("invalid", () => create("a/b"));
      await refuses("invalid", () => create(""));
      await refuses("invalid", () => create("empty", new Uint8Array()));
      await refuses("invalid", () => create("large", new Uint8Array(65_537)));
      await refuses("invalid", () => create("labelled", bytes("x"), { Cluster: "x" }));
      await refuses("invalid", () => secrets.read(PROJECT, "../x"));
    });
  });
}
