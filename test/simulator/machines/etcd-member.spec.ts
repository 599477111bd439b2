/** What a simulated machine makes of its disk and of etcd's list: in the words of the boot script. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { memberStanding } from "../../../simulator/machines/etcd-member.ts";

const OTHER = {
  id: "aaaa",
  name: "cp-0",
  peerUrl: "https://10.10.0.10:2380",
  learner: false,
  running: true,
};
const LOST = { id: "bbbb", name: "cp-1", peerUrl: "https://10.10.0.11:2380", learner: false, running: false };
const standing = (address: string, hasData: boolean, name = "cp-1", members = [OTHER, LOST]) =>
  memberStanding(members, { name, address, hasData });
const why = (...args: Parameters<typeof standing>): string => {
  const found = standing(...args);
  return found.joins === "never" ? found.why : found.joins;
};

describe("a machine that looks for its etcd member", () => {
  it("goes on as the member that its disk holds, at the same address", () => {
    assert.equal(why("10.10.0.11", true), "back");
  });

  it("is a new one when etcd lists none of its name or address, whatever is on its disk", () => {
    for (const hasData of [true, false]) assert.equal(why("10.10.0.12", hasData, "cp-2"), "new");
  });

  it("does not join with an empty disk, at another address, or at another member's", () => {
    assert.match(why("10.10.0.11", false), /^the etcd disk is empty, and etcd still lists the member/);
    for (const hasData of [true, false])
      assert.match(
        why("10.10.0.99", hasData),
        /^etcd lists this member at https:\/\/10\.10\.0\.11:2380, and this machine is at https:\/\/10\.10\.0\.99:2380/,
      );
    assert.match(why("10.10.0.10", true, "cp-7"), /^etcd lists cp-0 at https:\/\/10\.10\.0\.10:2380/);
  });

  it("names the member to remove by hand, as the boot script does", () => {
    assert.match(why("10.10.0.11", false), /etcdctl member remove bbbb\), and this machine joins by itself$/);
    const script = readFileSync(
      new URL("../../../shared/bootstrap/scripts/etcd-member.sh", import.meta.url),
      "utf8",
    );
    for (const words of [
      "the etcd disk is empty, and etcd still lists the member that it held",
      "), and this machine joins by itself",
      "attach its own disk, or an empty one",
    ])
      assert.ok(script.includes(words), words);
  });
});
