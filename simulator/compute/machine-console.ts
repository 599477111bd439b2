/** A machine's serial console, port 1: the last megabyte of what it wrote. */

/** Bytes. Source: https://cloud.google.com/compute/docs/troubleshooting/viewing-serial-port-output */
const CONSOLE_BYTES_MAX = 1_048_576;
const LINE_END = "\r\n";

const sizeOf = (line: string): number => Buffer.byteLength(line) + LINE_END.length;

export class Console {
  /** As they were written: machines that write the same share its text. */
  #lines: string[] = [];
  #bytes = 0;
  /** Bytes that were let go. */
  #dropped = 0;

  write(line: string): void {
    this.#lines.push(line);
    this.#bytes += sizeOf(line);
    while (this.#bytes > CONSOLE_BYTES_MAX && this.#lines.length > 1) {
      const size = sizeOf(this.#lines[0] ?? "");
      this.#lines = this.#lines.slice(1);
      this.#bytes -= size;
      this.#dropped += size;
    }
  }

  /** From byte `start` on; earlier bytes may be gone, then `start` says where the contents begin. */
  read(start: number): { readonly contents: string; readonly start: number; readonly next: number } {
    const next = this.#dropped + this.#bytes;
    const from = Math.min(Math.max(start, this.#dropped), next);
    const contents = Buffer.from(this.#lines.map((line) => `${line}${LINE_END}`).join(""))
      .subarray(from - this.#dropped)
      .toString();
    return { contents, start: from, next };
  }
}
