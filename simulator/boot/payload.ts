/** What arrived on the machine before anything ran: files with their contents, and the script that runs. */
export interface Payload {
  /** By absolute path. */
  readonly files: ReadonlyMap<string, string>;
  /** The bash script that runs at boot. */
  readonly script: string;
  /** Lines that the reader put on the serial console. */
  readonly console: readonly string[];
}
