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
