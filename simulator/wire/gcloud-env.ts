/** What makes `gcloud` use the simulated cloud instead of Google's. */

export interface GcloudEnvOptions {
  /** The wire's URL, without a slash at the end. */
  readonly url: string;
  readonly project: string;
  /** A folder of its own, so that a person's real configuration stays untouched. */
  readonly configFolder: string;
  readonly zone?: string;
}

/** Pure. Environment variables to add for gcloud; `CLOUDSDK_…` ones override its configuration. */
export function gcloudEnv(options: GcloudEnvOptions): Readonly<Record<string, string>> {
  return {
    CLOUDSDK_CONFIG: options.configFolder,
    CLOUDSDK_CORE_PROJECT: options.project,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: "true",
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "true",
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "true",
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${options.url}/compute/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: `${options.url}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: `${options.url}/`,
    ...(options.zone === undefined
      ? {}
      : {
          CLOUDSDK_COMPUTE_ZONE: options.zone,
          CLOUDSDK_COMPUTE_REGION: options.zone.replace(/-[a-z]$/, ""),
        }),
  };
}

/**
 * Projects that `gcloud compute images list` asks besides the caller's own. A simulated cloud should know them, so that
 * the command prints no warnings. Source: `PUBLIC_IMAGE_PROJECTS` of the Cloud SDK.
 */
export const GCLOUD_IMAGE_PROJECTS: readonly string[] = [
  "centos-cloud",
  "cos-cloud",
  "debian-cloud",
  "fedora-cloud",
  "fedora-coreos-cloud",
  "opensuse-cloud",
  "oracle-linux-cloud",
  "rhel-cloud",
  "rhel-sap-cloud",
  "rocky-linux-accelerator-cloud",
  "rocky-linux-cloud",
  "suse-cloud",
  "suse-sap-cloud",
  "ubuntu-os-accelerator-images",
  "ubuntu-os-cloud",
  "ubuntu-os-pro-cloud",
  "windows-cloud",
  "windows-sql-cloud",
];
