/** A story of a node or an operation: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { explanationLines } from "../../../cli/show/explain.ts";
import { NOW_MS } from "../../support/shown-cluster.ts";

describe("an explanation", () => {
  it("reads pass by pass, with the cause of what disturbs a machine, and where it stands", () => {
    const text = explanationLines(
      {
        subject: "node n-1",
        passes: [
          {
            atMs: NOW_MS - 60_000,
            epoch: 7,
            wokenBy: "machine event",
            steps: [
              {
                is: "heard",
                verb: "incident",
                key: "projects/p/zones/z/instances/n-1",
                why: "host-error: terminated",
              },
              {
                is: "did",
                verb: "instances.reset",
                key: "projects/p/zones/z/instances/n-1",
                why: "it is silent for 10 min, bound 10 min",
                cause: "repair",
              },
            ],
          },
        ],
        now: ["NodesReady (Waiting): waiting for node n-1 to be Ready"],
      },
      NOW_MS,
      80,
    );
    const [, head, ...rest] = stripVTControlCharacters(text).split("\n");
    assert.match(head ?? "", /^\d\d:\d\d:\d\d pass 7, woken by: machine event$/);
    assert.deepEqual(rest, [
      "  heard  incident instances/n-1",
      "           host-error: terminated",
      "  did    reset instances/n-1 [repair]",
      "           it is silent for 10 min, bound 10 min",
      "Now: NodesReady (Waiting): waiting for node n-1 to be Ready",
      "",
    ]);
  });

  it("says so when no record tells of it", () => {
    const text = explanationLines({ subject: "node n-1", passes: [], now: [] }, NOW_MS, 80);
    assert.equal(
      stripVTControlCharacters(text),
      "node n-1\nNo record tells of it. Records are kept for 30 days.\n",
    );
  });
});
