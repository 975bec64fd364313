import type { KeyBindingMap } from "tinykeys";

/** What keys can do in the queue. */
export interface QueueActs {
  readonly isZen: boolean;
  act(name: "approve" | "reject" | "escalate" | "ask" | "collect"): void;
  clear(): void;
  openPost(): void;
  setZen(on: boolean): void;
  step(across: number, down: number, extend: boolean): void;
  toggle(): void;
  undo(): void;
}

/** The queue's keys, as the help dialog and the buttons name them. */
export function queueKeys(queue: QueueActs): KeyBindingMap {
  const move = (across: number, down: number, extend = false) => () => queue.step(across, down, extend);
  return {
    ArrowLeft: move(-1, 0),
    ArrowRight: move(1, 0),
    ArrowUp: move(0, -1),
    ArrowDown: move(0, 1),
    h: move(-1, 0),
    l: move(1, 0),
    k: move(0, -1),
    j: move(0, 1),
    "Shift+ArrowLeft": move(-1, 0, true),
    "Shift+ArrowRight": move(1, 0, true),
    "Shift+ArrowUp": move(0, -1, true),
    "Shift+ArrowDown": move(0, 1, true),
    a: () => queue.act("approve"),
    r: () => queue.act("reject"),
    e: () => queue.act("escalate"),
    p: () => queue.act("ask"),
    c: () => queue.act("collect"),
    u: () => queue.undo(),
    x: () => queue.toggle(),
    z: () => queue.setZen(!queue.isZen),
    Escape: () => (queue.isZen ? queue.setZen(false) : queue.clear()),
    Enter: () => queue.openPost(),
  };
}
