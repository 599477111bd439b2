/** Progress on the screen: rewritten in place on a terminal; elsewhere told line by line, each thing once. */
import { createLogUpdate } from "log-update";
import type { ClusterView } from "../api-client.ts";
import { NOTHING_TOLD, progressLines, type Told, tellProgress, toldBefore } from "./progress.ts";
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
        update(progressLines(cluster, elapsedMs, stream.columns ?? WIDTH_DEFAULT, note).join("\n"));
      },
      end: () => {
        update.clear();
        update.done();
      },
    };
  }
  let told: Told = NOTHING_TOLD;
  let isSeen = false;
  return {
    show: (cluster, elapsedMs, note) => {
      if (!isSeen && cluster.status !== undefined) {
        isSeen = true;
        told = { ...told, ...toldBefore(cluster) };
      }
      const news = tellProgress(cluster, elapsedMs, told, note);
      told = news.told;
      for (const line of news.lines) stream.write(`${line}\n`);
    },
    end: () => {},
  };
}
