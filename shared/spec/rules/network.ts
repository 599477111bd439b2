/** Networks brought along fit the cluster's region and project. */
import { type FieldError, fieldError } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

export function checkExistingNetwork({ parsed, sharedNetworkProjects }: RuleInput): FieldError[] {
  const { existing } = parsed.network;
  if (existing === undefined) return [];
  const networkProject = projectOf(existing.network) ?? parsed.project;
  const subnetworkProject = projectOf(existing.subnetwork) ?? networkProject;
  const errors: FieldError[] = [];
  const allowed = [parsed.project, ...sharedNetworkProjects];
  for (const [field, project] of [
    ["network", networkProject],
    ["subnetwork", subnetworkProject],
  ] as const) {
    if (allowed.includes(project)) continue;
    const reason = `is of project ${project}, whose networks this control plane may not use`;
    const remedy = `use one of ${parsed.project}, or ask the operator to allow ${project} as a host of shared networks`;
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

function projectOf(name: string): string | undefined {
  return /^projects\/([^/]+)\//.exec(name)?.[1];
}
