import type { Takedown } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { dateOf } from "../app/words.js";

/** How long until everything is looked at: "18 s to go"; then it is being looked at. */
export function toGo(takedown: Takedown, now = new Date()): string {
  const due = dateOf(takedown.dueAt)?.getTime() ?? 0;
  const seconds = Math.ceil((due - now.getTime()) / 1000);
  return seconds > 0 ? `${seconds} s to go` : "Being looked at";
}
