/** Keeps Google's clients from looking for Google's own machines when a local cloud stands in for Google's. */

/**
 * Without it the clients ask the metadata server who they are; where none answers, a call waits for seconds and warns.
 * Read when a client is used first. Source: gcp-metadata, `METADATA_SERVER_DETECTION`.
 */
export function stayLocal(env: NodeJS.ProcessEnv = process.env): void {
  env["METADATA_SERVER_DETECTION"] = "none";
}
