/** A machine's serial console, port 1: the last megabyte of what it wrote. */

/** Bytes. Source: https://cloud.google.com/compute/docs/troubleshooting/viewing-serial-port-output */
const CONSOLE_BYTES_MAX = 1_048_576;

export interface Console {
  write(line: string): void;
  /** From byte `start` on; earlier bytes may be gone, then `start` says where the contents begin. */
  read(start: number): { readonly contents: string; readonly start: number; readonly next: number };
}

export function createConsole(): Console {
  let lines: string[] = [];
  let bytes = 0;
  /** Bytes that were let go. */
  let dropped = 0;
  return {
    write(line) {
      lines.push(`${line}\r\n`);
      bytes += Buffer.byteLength(line) + 2;
      while (bytes > CONSOLE_BYTES_MAX && lines.length > 1) {
        const size = Buffer.byteLength(lines[0] ?? "");
        lines = lines.slice(1);
        bytes -= size;
        dropped += size;
      }
    },
    read(start) {
      const from = Math.min(Math.max(start, dropped), dropped + bytes);
      const contents = Buffer.from(lines.join(""))
        .subarray(from - dropped)
        .toString();
      return { contents, start: from, next: dropped + bytes };
    },
  };
}
