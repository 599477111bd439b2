/** Machines run as accounts of the cluster's own project, and pools never as the control plane's, which reads its keys. */
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

/** The id of the account that the deployment makes for control planes: it may read the keys of all that use it. */
const CONTROL_PLANE_ACCOUNT_ID = "clusterwright-control-plane";

export function checkAccounts({ parsed }: RuleInput): FieldError[] {
  return [
    ...checkAccount(["controlPlane", "serviceAccount"], parsed.controlPlane.serviceAccount, parsed.project),
    ...parsed.nodePools.flatMap((pool, index) => {
      const path = ["nodePools", index, "serviceAccount"];
      return [
        ...checkAccount(path, pool.serviceAccount, parsed.project),
        ...checkKeysApart(path, pool.serviceAccount, parsed.controlPlane.serviceAccount),
      ];
    }),
  ];
}

function checkAccount(path: Path, email: string | undefined, project: string): FieldError[] {
  if (email === undefined) return [];
  const [account, domain] = email.split("@");
  const owner = domain?.replace(".iam.gserviceaccount.com", "");
  if (owner === project) return [];
  return [
    fieldError(
      path,
      email,
      `is an account of another project (${owner})`,
      `use ${account}@${project}.iam.gserviceaccount.com, or another account of ${project}`,
    ),
  ];
}

/** Every pod of a node can act as its machine's account. */
function checkKeysApart(
  path: Path,
  email: string | undefined,
  controlPlane: string | undefined,
): FieldError[] {
  if (email === undefined) return [];
  if (email !== controlPlane && !email.startsWith(`${CONTROL_PLANE_ACCOUNT_ID}@`)) return [];
  return [
    fieldError(
      path,
      email,
      "is the control plane's account, which may read clusters' keys, and every pod could act as it",
      "use another account, or leave it out",
    ),
  ];
}
