/** One unmanaged instance group for each zone of the control plane: the back ends of the API's load balancers. */
import { computePath } from "../../ports/compute.ts";
import { API_PORT } from "../api-server.ts";
import { IDENTITY, IGNORED, refuse } from "../change-table.ts";
import { controlPlaneGroupName } from "../names.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { controlPlaneZones } from "./member-zones.ts";
import { computeUrl, controlPlaneGroupRef, networkRef, subnetworkRef } from "./places.ts";

const FIXED = "A group cannot change its network: make a new cluster beside this one.";

export const instanceGroups = computeKind({
  kind: "instance-groups",
  collection: "instanceGroups",
  after: ["subnetworks"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "everywhere" }),
  // A pool's managed group shows up as an instance group of the pool's name, too.
  belongs: (cluster, name) => name === controlPlaneGroupName(cluster),
  desire: (cluster) =>
    controlPlaneZones(cluster).map((zone) => {
      const ref = controlPlaneGroupRef(cluster, zone);
      return {
        name: ref.name,
        ref,
        purpose: `the control-plane machines of ${zone} as a back end`,
        body: {
          name: ref.name,
          description: marker(cluster, `control-plane machines of ${zone}`),
          network: computeUrl(networkRef(cluster)),
          subnetwork: computeUrl(subnetworkRef(cluster)),
          namedPorts: [{ name: "apiserver", port: API_PORT }],
        },
      };
    }),
  holdDelete: (cluster, { ref }) =>
    !cluster.deleting && cluster.facts.balancedGroups?.includes(computePath(ref)) === true
      ? { quietly: true }
      : undefined,
  table: {
    ...IDENTITY,
    network: refuse(FIXED),
    // The first member sets it; until then the server may show none.
    subnetwork: IGNORED,
    namedPorts: {
      change: "call",
      verb: "instanceGroups.setNamedPorts",
      body: (wanted, found) => ({
        namedPorts: wanted.namedPorts ?? [],
        ...(found.fingerprint === undefined ? {} : { fingerprint: found.fingerprint }),
      }),
    },
    fingerprint: IGNORED,
    size: IGNORED,
    zone: IGNORED,
  },
});
