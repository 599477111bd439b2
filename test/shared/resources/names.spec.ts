/** Names are derived, fit, and cannot be taken for one another. */
import assert from "node:assert/strict";
import {
  BASE_INSTANCE_NAME_LENGTH_MAX,
  CLUSTER_NAME_LENGTH_MAX,
  controlPlaneMachineName,
  controlPlaneTag,
  etcdDiskName,
  memberOfDisk,
  memberOfMachine,
  NAME_LENGTH_MAX,
  NAME_PATTERN,
  ownersByMachineName,
  POOL_NAME_LENGTH_MAX,
  poolGroupName,
  templateName,
} from "../../../shared/resources/names.ts";

const LONGEST = { uid: "zz9999", spec: { name: "c".repeat(CLUSTER_NAME_LENGTH_MAX) } };
const POOL = "p".repeat(POOL_NAME_LENGTH_MAX);

describe("Names", () => {
  it("fit, however long those of the cluster and the pool are", () => {
    assert(poolGroupName(LONGEST, POOL).length <= BASE_INSTANCE_NAME_LENGTH_MAX);
    assert.equal(templateName(LONGEST, POOL, "0123456789abcdef").length, NAME_LENGTH_MAX);
    for (const name of [templateName(LONGEST, POOL, "0123456789abcdef"), controlPlaneTag(LONGEST)]) {
      assert.match(name, NAME_PATTERN);
    }
  });

  it("of machines tell whose they could be, and nobody's of other names", () => {
    const owner = { uid: "ab12cd", spec: { name: "shop" } };
    const mine = [{ name: "shop", uid: "ab12cd" }];
    assert.deepEqual(ownersByMachineName(controlPlaneMachineName(owner, 2)), mine);
    assert.deepEqual(ownersByMachineName(`${poolGroupName(owner, "general")}-x7k2`), mine);
    assert.deepEqual(ownersByMachineName(`${poolGroupName(LONGEST, POOL)}-x7k2`), [
      { name: LONGEST.spec.name, uid: LONGEST.uid },
    ]);
    // Either could be meant: a pool called so, or a cluster.
    assert.deepEqual(ownersByMachineName("shop-ab12cd-n-ef34gh-n-general-x7k2"), [
      { name: "shop", uid: "ab12cd" },
      { name: "shop-ab12cd-n", uid: "ef34gh" },
    ]);
    for (const other of [
      "web-1",
      "shop-ab12cd-lb",
      "-ab12cd-n-general",
      "shop-ab12cd-cp-10",
      "Shop-ab12cd-n-x",
      "",
    ])
      assert.deepEqual(ownersByMachineName(other), [], other);
  });

  it("tell the member of a machine and of a disk, and no pool's machine is taken for one", () => {
    const shop = { uid: "ab12cd", spec: { name: "shop" } };
    assert.equal(memberOfMachine(shop, controlPlaneMachineName(shop, 4)), 4);
    assert.equal(memberOfDisk(shop, etcdDiskName(shop, 2)), 2);
    for (const name of [
      "shop-ab12cd-cp",
      "shop-ab12cd-cp-0-x1y2",
      "shop-zz12cd-cp-0",
      `${poolGroupName(shop, "cp-0")}`,
    ]) {
      assert.equal(memberOfMachine(shop, name), undefined, name);
    }
  });
});
