/** What holds for all kinds together, for any cluster. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { computePath, parseComputePath } from "../../../../shared/ports/compute.ts";
import { gceKinds } from "../../../../shared/resources/gce/kinds.ts";
import { NAME_PATTERN } from "../../../../shared/resources/names.ts";
import { isOurs, type Owned } from "../../../../shared/resources/owner.ts";
import { anyCluster, clusterOf, HA, QUICKSTART } from "./clusters.ts";
import { converge, decide, type Pass } from "./passes.ts";
import { type Body, createSmallCloud, type SmallCloud, serverForm } from "./small-cloud.ts";

const RUNS = { numRuns: 40 };

function lines(passes: readonly Pass[]): readonly string[] {
  return passes.flatMap(({ actions }, at) => [
    `pass ${at + 1}`,
    ...actions.map(({ verb, ref, reason }) => {
      const name = ref.name.replace(/(-n-.+-)[0-9a-f]{7}$/, "$1HASH");
      return `  ${verb} ${ref.kind} ${name} in ${ref.scope}: ${reason.replaceAll(/(-n-[a-z]+-)[0-9a-f]{7}/g, "$1HASH")}`;
    }),
  ]);
}

function golden(file: string, actual: string): void {
  const path = new URL(`./golden/${file}`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, actual);
  assert.equal(actual, readFileSync(path, "utf8"), `${file} (UPDATE_GOLDEN=1 writes it anew)`);
}

/** Everything that is there, with a fresh stranger of the same kind beside it. */
function withStrangers(cloud: SmallCloud): readonly string[] {
  const paths = [...cloud.resources.keys()];
  return paths.map((path) => {
    const ref = parseComputePath(path);
    const name = `${ref.name.slice(0, 55)}-theirs`;
    const stranger = { ...ref, name };
    const body = { ...cloud.resources.get(path), name, description: "somebody else's", labels: {} };
    cloud.resources.set(computePath(stranger), serverForm(stranger, body));
    return computePath(stranger);
  });
}

describe("All kinds on Compute Engine", () => {
  it("stand after the kinds that they name", () => {
    const before = new Set<string>(["keys"]);
    for (const { kind, after } of gceKinds) {
      assert.deepEqual(
        after.filter((name) => !before.has(name)),
        [],
        kind,
      );
      before.add(kind);
    }
  });

  it("make the quickstart cluster from nothing, saying why", async () => {
    const cloud = createSmallCloud();
    const passes = await converge(
      cloud,
      clusterOf(QUICKSTART, { facts: { caHash: `sha256:${"0".repeat(64)}` } }),
    );
    golden("quickstart-create.txt", `${lines(passes).join("\n")}\n`);
  });

  it("delete the quickstart cluster in the order that the API allows", async () => {
    const cloud = createSmallCloud();
    await converge(cloud, clusterOf(QUICKSTART));
    const passes = await converge(cloud, clusterOf(QUICKSTART, { deleting: true }));
    assert.equal(cloud.resources.size, 0);
    golden("quickstart-delete.txt", `${lines(passes).join("\n")}\n`);
  });

  it("have valid and unique names of at most 63 characters, for any cluster", async () => {
    await fc.assert(
      fc.asyncProperty(anyCluster, async (cluster) => {
        const cloud = createSmallCloud();
        const passes = await converge(cloud, cluster);
        const inserted = passes.flatMap(({ actions }) => actions.filter(({ verb }) => verb === "insert"));
        for (const { ref } of inserted) assert.match(ref.name, NAME_PATTERN);
        assert.equal(new Set(inserted.map(({ key }) => key)).size, inserted.length);
        for (const [path, body] of cloud.resources) {
          if (!path.includes("/instanceGroupManagers/")) continue;
          assert((body["baseInstanceName"] as string).length <= 58);
        }
      }),
      RUNS,
    );
  });

  it("come to rest, and then plan nothing, for any cluster", async () => {
    await fc.assert(
      fc.asyncProperty(anyCluster, async (cluster) => {
        const cloud = createSmallCloud();
        await converge(cloud, cluster);
        const { actions, waiting, problems } = await decide(cloud, cluster);
        assert.deepEqual({ actions, waiting, problems }, { actions: [], waiting: [], problems: [] });
      }),
      RUNS,
    );
  });

  it("leave nothing of ours when deleted, whenever that starts, and never touch a stranger's", async () => {
    await fc.assert(
      fc.asyncProperty(anyCluster, fc.nat(12), async (cluster, createdPasses) => {
        const cloud = createSmallCloud();
        const { perform } = await import("./small-cloud.ts");
        for (let pass = 0; pass < createdPasses; pass += 1) {
          for (const action of (await decide(cloud, cluster)).actions) perform(cloud, action);
        }
        const strangers = withStrangers(cloud);
        const before = strangers.map((path) => cloud.resources.get(path));
        await converge(cloud, { ...cluster, deleting: true });
        assert.deepEqual([...cloud.resources.keys()].sort(), [...strangers].sort());
        assert.deepEqual(
          strangers.map((path) => cloud.resources.get(path)),
          before,
        );
      }),
      RUNS,
    );
  });

  it("change or delete only what bears our marker", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyCluster,
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        async (cluster, deleting, coins) => {
          const cloud = createSmallCloud();
          await converge(cloud, cluster);
          for (const [path, body] of cloud.resources) {
            const theirs = coins.next().value === true;
            if (theirs)
              cloud.resources.set(path, {
                ...body,
                description: "clusterwright cluster=other uid=zzzzzz",
                labels: {},
              });
          }
          const { actions } = await decide(cloud, { ...cluster, deleting });
          for (const { verb, key } of actions) {
            const there = cloud.resources.get(key) as Owned | undefined;
            if (verb === "insert") assert.equal(there, undefined, key);
            else assert(there !== undefined && isOurs(cluster, key, there), `${verb} ${key}`);
          }
        },
      ),
      RUNS,
    );
  });

  it("say how to solve it when a name of ours is taken", async () => {
    const cloud = createSmallCloud();
    const cluster = clusterOf(HA);
    await converge(cloud, cluster);
    const path = "projects/acme-dev/global/networks/ha-ab12cd-network";
    cloud.resources.set(path, { ...cloud.resources.get(path), description: "mine" });
    const { problems, actions } = await decide(cloud, cluster);
    assert.deepEqual(
      problems.map(({ key, code }) => ({ key, code })),
      [{ key: path, code: "conflict" }],
    );
    assert.match(problems[0]?.message ?? "", /Delete or rename it/);
    assert.deepEqual(actions, []);
  });

  it("make what was deleted by hand again, and nothing else", async () => {
    const cloud = createSmallCloud();
    await converge(cloud, clusterOf(HA));
    const cluster = clusterOf(HA, { pins: { ...clusterOf(HA).pins, initialised: true } });
    for (const path of [...cloud.resources.keys()].filter((one) => !one.includes("/instances/"))) {
      const kept: Body = cloud.resources.get(path) ?? {};
      const members = cloud.members.get(path);
      cloud.resources.delete(path);
      const { actions } = await decide(cloud, cluster);
      assert.deepEqual(
        actions.map(({ verb, key }) => `${verb} ${key}`).filter((line) => !line.includes("Instances ")),
        [`insert ${path}`],
      );
      cloud.resources.set(path, kept);
      if (members !== undefined) cloud.members.set(path, members);
    }
  });
});
