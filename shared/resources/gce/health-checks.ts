/** How load balancers find out which API servers work. */

import { API_PORT } from "../api-server.ts";
import { IDENTITY, IGNORED, PATCH } from "../change-table.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { healthCheckRef } from "./places.ts";

/** Source: Cluster API's GCP provider. */
const INTERVAL_SECONDS = 5;
const TIMEOUT_SECONDS = 5;
const HEALTHY_AFTER = 1;
const UNHEALTHY_AFTER = 6;

export const healthChecks = computeKind({
  kind: "health-checks",
  collection: "healthChecks",
  after: [],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => {
    const ref = healthCheckRef(cluster);
    return [
      {
        name: ref.name,
        ref,
        purpose: "the probe of the API servers",
        body: {
          name: ref.name,
          description: marker(cluster, "probe of the API servers"),
          // Not TCP: an API server that has lost etcd still accepts connections, but is not ready. kubeadm lets
          // anonymous requests read /readyz.
          type: "HTTPS",
          httpsHealthCheck: { port: API_PORT, portSpecification: "USE_FIXED_PORT", requestPath: "/readyz" },
          checkIntervalSec: INTERVAL_SECONDS,
          timeoutSec: TIMEOUT_SECONDS,
          healthyThreshold: HEALTHY_AFTER,
          unhealthyThreshold: UNHEALTHY_AFTER,
        },
      },
    ];
  },
  table: {
    ...IDENTITY,
    type: PATCH,
    checkIntervalSec: PATCH,
    timeoutSec: PATCH,
    healthyThreshold: PATCH,
    unhealthyThreshold: PATCH,
    tcpHealthCheck: IGNORED,
    httpsHealthCheck: PATCH,
    region: IGNORED,
  },
});
