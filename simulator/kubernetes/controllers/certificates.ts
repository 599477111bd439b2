/** Certificate signing requests: those of joining and renewing kubelets are approved, approved ones are signed. */
import { nowText } from "../api/state.ts";
import { signRequest } from "../certificates.ts";
import { type Condition, type KubeObject, withCondition } from "../objects/object.ts";
import type { Control } from "./control.ts";

export const REQUESTS = "certificatesigningrequests.certificates.k8s.io";
const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const SIGNERS = new Set([
  KUBELET_CLIENT,
  "kubernetes.io/kubelet-serving",
  "kubernetes.io/kube-apiserver-client",
]);
// kube-controller-manager --cluster-signing-duration, default 8760h.
const LIFETIME_SECONDS = 8_760 * 3_600;

interface RequestSpec {
  request: string;
  signerName: string;
  usages?: string[];
  username?: string;
  groups?: string[];
  expirationSeconds?: number;
}
const specOf = (request: KubeObject) => request.spec as unknown as RequestSpec;
const has = (request: KubeObject, type: string) =>
  ((request.status?.["conditions"] as Condition[] | undefined) ?? []).some((each) => each.type === type);

/** Serving certificates are never approved by the cluster itself: somebody who knows the machines must. */
function approvesItself(request: KubeObject): boolean {
  const { signerName, groups = [] } = specOf(request);
  return (
    signerName === KUBELET_CLIENT &&
    (groups.includes("system:bootstrappers") || groups.includes("system:nodes"))
  );
}

export function startCertificates({ state, queue }: Control): void {
  const { store } = state;
  function save(name: string, change: (request: KubeObject) => KubeObject) {
    const current = store.get(REQUESTS, undefined, name);
    if (current !== undefined) store.put(REQUESTS, change(current));
  }
  function conditioned(request: KubeObject, condition: Condition): KubeObject {
    const conditions = withCondition(
      request.status?.["conditions"] as Condition[] | undefined,
      condition,
      nowText(state),
    );
    return { ...request, status: { ...request.status, conditions } };
  }
  function approve(name: string) {
    const message = "Auto approving kubelet client certificate after SubjectAccessReview.";
    save(name, (request) =>
      conditioned(request, { type: "Approved", status: "True", reason: "AutoApproved", message }),
    );
  }
  async function sign(request: KubeObject) {
    const { request: pem, usages = [], expirationSeconds = LIFETIME_SECONDS } = specOf(request);
    const { name } = request.metadata;
    try {
      const certificate = await signRequest(
        state,
        Buffer.from(pem, "base64").toString("utf8"),
        usages,
        expirationSeconds * 1_000,
      );
      const encoded = Buffer.from(certificate).toString("base64");
      save(name, (current) => ({ ...current, status: { ...current.status, certificate: encoded } }));
    } catch (error) {
      const message = `unable to parse csr: ${error instanceof Error ? error.message : String(error)}`;
      save(name, (current) =>
        conditioned(current, { type: "Failed", status: "True", reason: "SignerValidationFailure", message }),
      );
    }
  }
  store.subscribe(REQUESTS, ({ type, object }) => {
    if (
      type === "DELETED" ||
      has(object, "Denied") ||
      has(object, "Failed") ||
      object.status?.["certificate"] !== undefined
    )
      return;
    const { name } = object.metadata;
    if (has(object, "Approved")) {
      if (SIGNERS.has(specOf(object).signerName)) queue.add(`csr/${name}/sign`, () => void sign(object));
    } else if (approvesItself(object)) queue.add(`csr/${name}/approve`, () => approve(name));
  });
}
