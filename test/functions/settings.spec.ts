import assert from "node:assert/strict";
import { readSettings } from "../../functions/settings.ts";

const ENV = {
  GOOGLE_CLOUD_PROJECT: "control",
  CLUSTERWRIGHT_QUEUE: "projects/control/locations/europe-west4/queues/wakeups",
  CLUSTERWRIGHT_INVOKER: "invoker@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_PUSHER: "pusher@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_COMMANDER: "commander@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_DEAD_LETTERS: "projects/control/topics/commands-dead",
  CLUSTERWRIGHT_RECONCILE_URL: "https://reconcile.example/",
  CLUSTERWRIGHT_SWEEP_URL: "https://sweep.example",
  CLUSTERWRIGHT_JOIN_URL: "https://join.example",
  CLUSTERWRIGHT_MACHINE_EVENT_URL: "https://machine-event.example",
  CLUSTERWRIGHT_API_URL: "https://api.example",
  CLUSTERWRIGHT_MAINTENANCE_URL: "https://maintenance.example",
  CLUSTERWRIGHT_OPERATORS: "alice@example.com, *@trusted.example,,",
};

describe("functions/settings", () => {
  it("reads a whole environment, trims URLs and parts the list of operators", () => {
    const settings = readSettings(ENV);
    assert.equal(settings.CLUSTERWRIGHT_RECONCILE_URL, "https://reconcile.example");
    assert.deepEqual(settings.CLUSTERWRIGHT_OPERATORS, ["alice@example.com", "*@trusted.example"]);
    assert.equal(settings.FIRESTORE_DATABASE, "(default)");
    assert.equal(settings.CLUSTERWRIGHT_CLOUD, undefined);
    assert.deepEqual(settings.CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS, [], "none unless one is named");
    const hosts = { CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS: "acme-host, acme-hub," };
    assert.deepEqual(readSettings({ ...ENV, ...hosts }).CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS, [
      "acme-host",
      "acme-hub",
    ]);
  });

  it("names every variable that is missing, and how to get it", () => {
    assert.throws(
      () => readSettings({}),
      (error: Error) => {
        for (const name of Object.keys(ENV)) assert.match(error.message, new RegExp(name));
        assert.match(error.message, /terraform/);
        return true;
      },
    );
  });

  it("refuses values that would fail later, and never shows them", () => {
    const wrong: Readonly<Record<string, string>> = {
      GOOGLE_CLOUD_PROJECT: "",
      CLUSTERWRIGHT_QUEUE: "secret-queue",
      CLUSTERWRIGHT_INVOKER: "secret-account",
      CLUSTERWRIGHT_PUSHER: "secret-account",
      CLUSTERWRIGHT_DEAD_LETTERS: "secret-topic",
      CLUSTERWRIGHT_SWEEP_URL: "ftp://secret",
      CLUSTERWRIGHT_OPERATORS: " , ",
      CLUSTERWRIGHT_CLOUD: "secret-cloud",
      CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS: "acme-host,projects/secret",
    };
    for (const [name, value] of Object.entries(wrong)) {
      assert.throws(
        () => readSettings({ ...ENV, [name]: value }),
        (error: Error) => error.message.includes(name) && !error.message.includes("secret"),
        name,
      );
    }
  });
});
