/** Text that is rewritten in place on a terminal; elsewhere a line is printed once, when it is new. */
import { createLogUpdate } from "log-update";

export interface LiveText {
  show(lines: readonly string[]): void;
  end(): void;
}

export function createLiveText(stream: NodeJS.WriteStream): LiveText {
  if (stream.isTTY) {
    const update = createLogUpdate(stream);
    return { show: (lines) => update(lines.join("\n")), end: () => update.clear() };
  }
  const printed = new Set<string>();
  return {
    show: (lines) => {
      for (const line of lines.filter((one) => !printed.has(one))) {
        printed.add(line);
        stream.write(`${line}\n`);
      }
    },
    end: () => {},
  };
}
