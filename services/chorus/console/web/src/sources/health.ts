import { type Source, SourceHealth } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { ago, dateOf } from "../app/words.js";

export interface Health {
  label: string;
  tone: "" | "ok" | "warn" | "bad";
}

/** How a source is doing, in words. */
export function healthOf(source: Source, polled: boolean): Health {
  switch (source.health) {
    case SourceHealth.WORKING:
      return { label: "Working", tone: "ok" };
    case SourceHealth.FAILING: {
      const since = dateOf(source.failingSince);
      return { label: since ? `Failing since ${ago(since)}` : "Failing", tone: "bad" };
    }
    case SourceHealth.PAUSED:
      return { label: "Paused", tone: "warn" };
    default:
      return { label: polled ? "Waits for its first look" : "Waits for its first post", tone: "" };
  }
}

/** The points of a line over the days, in a box of 100 by 24: the newest at the right, the most at the top. */
export function sparkline(days: number[]): string {
  const most = Math.max(...days, 1);
  const step = days.length > 1 ? 100 / (days.length - 1) : 0;
  return days.map((posts, index) => `${(index * step).toFixed(1)},${(22 - (posts / most) * 20).toFixed(1)}`).join(" ");
}
