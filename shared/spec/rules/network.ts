/** Networks brought along fit the cluster's region and project. */
import type { ClusterSpec } from "../cluster.ts";
import { type FieldError, fieldError } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

/** Where an operator allows a host project: in the functions' environment, by Terraform, or when serving. */
const SETTING =
  "CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS (terraform: shared_network_projects; serve: --shared-network-projects)";

export function checkExistingNetwork({ parsed, before, sharedNetworkProjects }: RuleInput): FieldError[] {
  const { existing } = parsed.network;
  if (existing === undefined) return [];
  const networkProject = projectOf(existing.network) ?? parsed.project;
  const subnetworkProject = projectOf(existing.subnetwork) ?? networkProject;
  const errors: FieldError[] = [];
  const isAllowed = (project: string): boolean =>
    sharedNetworkProjects === "any" ||
    [parsed.project, ...hostsInForce(before), ...sharedNetworkProjects].includes(project);
  for (const [field, project] of [
    ["network", networkProject],
    ["subnetwork", subnetworkProject],
  ] as const) {
    if (isAllowed(project)) continue;
    const reason = `is of project ${project}, whose networks this control plane may not use`;
    const remedy = `use one of ${parsed.project}, or have the operator add ${project} to ${SETTING}`;
    errors.push(fieldError(["network", "existing", field], existing[field], reason, remedy));
  }
  if (networkProject !== subnetworkProject) {
    const reason = `is of project ${subnetworkProject}, and the network of ${networkProject}`;
    errors.push(
      fieldError(
        ["network", "existing", "subnetwork"],
        existing.subnetwork,
        reason,
        "use a subnetwork of the network",
      ),
    );
  }
  const region = /\/regions\/([^/]+)\//.exec(existing.subnetwork)?.[1];
  if (region !== undefined && region !== parsed.region) {
    errors.push(
      fieldError(
        ["network", "existing", "subnetwork"],
        existing.subnetwork,
        `is in ${region}`,
        `use a subnetwork in ${parsed.region}`,
      ),
    );
  }
  return errors;
}

/** A cluster that is there stays editable when its host is no longer allowed: it could not even be deleted otherwise. */
function hostsInForce(before: ClusterSpec | undefined): readonly string[] {
  const host = projectOf(before?.network.existing?.network ?? "");
  return host === undefined ? [] : [host];
}

function projectOf(name: string): string | undefined {
  return /^projects\/([^/]+)\//.exec(name)?.[1];
}
