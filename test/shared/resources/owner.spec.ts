/** Ours is what project, marker and uid say; everything else is a stranger's. */
import assert from "node:assert/strict";
import { conflict, isOurs, marker, ownerLabels, ownerOf } from "../../../shared/resources/owner.ts";
import { clusterOf, QUICKSTART } from "./gce/clusters.ts";

const cluster = clusterOf(QUICKSTART);
const key = "projects/acme-dev/global/networks/quickstart-ab12cd-network";
const described = { description: marker(cluster, "the network") };

describe("The owner of a resource", () => {
  it("is read from the description, with or without a sentence for people", () => {
    const owner = { clusterId: "quickstart", uid: "ab12cd" };
    assert.deepEqual(ownerOf(described), owner);
    assert.deepEqual(ownerOf({ description: marker(cluster) }), owner);
  });

  it("is read from the labels when somebody has emptied the description", () => {
    assert.equal(isOurs(cluster, key, { description: "", labels: ownerLabels(cluster, "api") }), true);
  });

  it("is nobody when description and labels disagree, or the marker is only part of a text", () => {
    const other = { id: "other", uid: "zz9999" };
    assert.equal(ownerOf({ ...described, labels: ownerLabels(other, "api") }), undefined);
    assert.equal(ownerOf({ description: `not ${marker(cluster)}` }), undefined);
    assert.equal(ownerOf({ description: `${marker(cluster)}9` }), undefined);
    assert.equal(ownerOf({}), undefined);
  });

  it("is another one when the uid, the cluster or the project differs", () => {
    assert.equal(isOurs(cluster, key, described), true);
    assert.equal(isOurs({ ...cluster, uid: "zz9999" }, key, described), false);
    assert.equal(isOurs({ ...cluster, id: "other" }, key, described), false);
    assert.equal(isOurs(cluster, key.replace("acme-dev", "acme-prod"), described), false);
  });

  it("may be ours in the host project of a shared network", () => {
    const existing = {
      network: "projects/acme-host/global/networks/shared",
      subnetwork: "projects/acme-host/regions/europe-west4/subnetworks/machines",
    };
    const shared = clusterOf({ ...QUICKSTART, network: { existing, nodes: "10.10.0.0/20" } });
    assert.equal(
      isOurs(shared, "projects/acme-host/global/firewalls/quickstart-ab12cd-api", described),
      true,
    );
  });

  it("is named in a conflict, with the ways out", () => {
    const theirs = { description: marker({ id: "other", uid: "zz9999" }) };
    const { code, message } = conflict(cluster, key, theirs);
    assert.equal(code, "conflict");
    assert.match(
      message,
      /belongs to cluster other \(uid zz9999\), so it is left alone\. Delete or rename it/,
    );
  });
});
