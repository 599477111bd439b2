/** The back ends of the API's load balancers: both are regional passthrough ones, which keep the client's address. */
import { computePath } from "../../ports/compute.ts";
import { IDENTITY, IGNORED, PATCH, pathOf, refuse } from "../change-table.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { controlPlaneZones } from "./member-zones.ts";
import { apiRef, apiSides, computeUrl, controlPlaneGroupRef, healthCheckRef, networkRef } from "./places.ts";

/** Time for watches to end when an API server leaves. */
const DRAINING_SECONDS = 30;
const FIXED =
  "It cannot change in place: delete its forwarding rule and the backend service, and both are made anew.";

export const backendServices = computeKind({
  kind: "backend-services",
  collection: "backendServices",
  after: ["health-checks", "instance-groups"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) =>
    apiSides(cluster).map((side) => {
      const ref = apiRef(cluster, "backendServices", side);
      return {
        name: ref.name,
        ref,
        purpose: `the ${side} load balancer's choice of API servers`,
        body: {
          name: ref.name,
          description: marker(cluster, `${side} load balancer of the Kubernetes API`),
          loadBalancingScheme: side === "internal" ? ("INTERNAL" as const) : ("EXTERNAL" as const),
          protocol: "TCP" as const,
          healthChecks: [computeUrl(healthCheckRef(cluster))],
          backends: controlPlaneZones(cluster).map((zone) => ({
            group: computeUrl(controlPlaneGroupRef(cluster, zone)),
            balancingMode: "CONNECTION" as const,
          })),
          ...(side === "internal" ? { network: computeUrl(networkRef(cluster)) } : {}),
          connectionDraining: { drainingTimeoutSec: DRAINING_SECONDS },
        },
      };
    }),
  learn: (observed) => ({
    balancedGroups: observed.flatMap(({ resource }) =>
      (resource.backends ?? []).map(({ group }) => pathOf(group)),
    ),
  }),
  holdDelete: (cluster, { ref }) =>
    !cluster.deleting && cluster.facts.forwardedTo?.includes(computePath(ref)) === true
      ? { quietly: true }
      : undefined,
  table: {
    ...IDENTITY,
    loadBalancingScheme: refuse(FIXED),
    protocol: PATCH,
    portName: IGNORED,
    timeoutSec: IGNORED,
    healthChecks: PATCH,
    backends: PATCH,
    network: refuse(FIXED),
    sessionAffinity: {
      change: "patch",
      same: (_wanted, found) => found === undefined || found === "NONE",
      otherwise: "NONE",
    },
    connectionDraining: PATCH,
    fingerprint: IGNORED,
    region: IGNORED,
  },
});
