/** Progress on the screen: rewritten in place on a terminal; elsewhere told line by line, each thing once. */
import { createLogUpdate } from "log-update";
import type { ClusterView } from "../api-client.ts";
import { NOTHING_TOLD, progressLines, tellProgress } from "./progress.ts";
import { WIDTH_DEFAULT } from "./text.ts";

export interface LiveProgress {
  show(cluster: ClusterView, elapsedMs: number, note?: string): void;
  /** Takes away what was shown in place. */
  end(): void;
}

export function createLiveProgress(stream: NodeJS.WriteStream): LiveProgress {
  if (stream.isTTY === true) {
    const update = createLogUpdate(stream);
    return {
      show: (cluster, elapsedMs, note) => {
        const lines = progressLines(cluster, elapsedMs, stream.columns ?? WIDTH_DEFAULT);
        update([...lines, ...(note === undefined ? [] : [`  ${note}`])].join("\n"));
      },
      end: () => {
        update.clear();
        update.done();
      },
    };
  }
  let told = NOTHING_TOLD;
  let lastNote: string | undefined;
  return {
    show: (cluster, elapsedMs, note) => {
      const news = tellProgress(cluster, elapsedMs, told);
      told = news.told;
      for (const line of news.lines) stream.write(`${line}\n`);
      if (note !== undefined && note !== lastNote) stream.write(`${note}\n`);
      lastNote = note;
    },
    end: () => {},
  };
}
