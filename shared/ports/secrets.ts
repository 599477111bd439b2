/** Secret values: Secret Manager, whose secrets machines read with their own accounts. Payloads are at most 64 KiB. */
export interface SecretMeta {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
}
export interface Secrets {
  /** The payload of the newest enabled version, or nothing. @throws CloudError */
  read(project: string, name: string): Promise<Uint8Array | undefined>;
  /** Creates the secret with one version. @throws CloudError already-exists */
  create(
    project: string,
    name: string,
    payload: Uint8Array,
    labels: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Lets a service account read this secret and nothing else. Idempotent. @throws CloudError */
  allow(project: string, name: string, serviceAccount: string): Promise<void>;
  /** Those with this label value. @throws CloudError */
  list(
    project: string,
    label: { readonly key: string; readonly value: string },
  ): Promise<readonly SecretMeta[]>;
  /** Harmless when absent. @throws CloudError */
  delete(project: string, name: string): Promise<void>;
}
