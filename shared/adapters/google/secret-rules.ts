/** What a secret may be called and hold, told before Secret Manager is asked. */
import { CloudError } from "../../ports/cloud-error.ts";

/** Bytes. Source: cloud.google.com/secret-manager/quotas#content_limits. */
const PAYLOAD_BYTES_MAX = 65_536;
/** Source: the API's Secret.name and Secret.labels. */
const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const LABEL_KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;
const LABELS_MAX = 64;

export function secretPath(project: string, name: string): string {
  return `projects/${project}/secrets/${name}`;
}

/** @throws CloudError invalid */
export function checkSecretName(project: string, name: string): void {
  if (NAME.test(name)) return;
  throw invalid(project, name, "a name has 1 to 255 letters, digits, _ and -");
}

/** @throws CloudError invalid; it never holds any of the payload */
export function checkSecret(
  project: string,
  name: string,
  payload: Uint8Array,
  labels: Readonly<Record<string, string>>,
): void {
  checkSecretName(project, name);
  if (payload.length === 0) throw invalid(project, name, "the payload is empty");
  if (payload.length > PAYLOAD_BYTES_MAX) {
    throw invalid(
      project,
      name,
      `the payload is ${payload.length} bytes, at most ${PAYLOAD_BYTES_MAX} are allowed`,
    );
  }
  const entries = Object.entries(labels);
  if (entries.length > LABELS_MAX) throw invalid(project, name, `more than ${LABELS_MAX} labels`);
  const bad = entries.find(([key, value]) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(value));
  if (bad !== undefined)
    throw invalid(project, name, `label ${bad.join("=")}: small letters, digits, _ and -`);
}

function invalid(project: string, name: string, reason: string): CloudError {
  const target = secretPath(project, name);
  return new CloudError("invalid", `secret ${target}: ${reason}`, { target });
}

/** @throws CloudError invalid when this is not the address of a service account */
export function checkServiceAccount(target: string, serviceAccount: string): void {
  if (/^[^@\s:]+@[^@\s:]+$/.test(serviceAccount)) return;
  throw new CloudError("invalid", `${target}: ${serviceAccount} is not the address of a service account`, {
    target,
  });
}
