import type { Item } from "./feed";

export interface Settled {
  /** What the gallery shows now, in order. */
  shown: Item[];
  /** How many newer pictures wait to be let in. */
  waiting: number;
}

/**
 * Brings what a visitor sees in line with what the feed says.
 *
 * What the feed no longer has leaves at once, and older posts move up into the gap. What is new waits until the
 * visitor asks for it (`letIn`), so that nothing jumps under the eye.
 */
export function settle(before: readonly string[], feed: readonly Item[], want: number, letIn: boolean): Settled {
  const wanted = feed.slice(0, want);
  const known = new Set(before);
  if (letIn || !feed.some((item) => known.has(item.id))) return { shown: wanted, waiting: 0 };
  const kept = feed.filter((item) => known.has(item.id));
  const last = feed.indexOf(kept.at(-1) as Item);
  const shown = [...kept, ...feed.slice(last + 1)].slice(0, want);
  const ids = new Set(shown.map((item) => item.id));
  return { shown, waiting: wanted.filter((item) => !ids.has(item.id)).length };
}

/** Without the items whose consent has ended at `now` (ms), and when the next one ends (Infinity: none). */
export function stillValid(items: readonly Item[], now: number): { items: Item[]; next: number } {
  const valid = items.filter((item) => item.validUntil > now);
  return { items: valid, next: Math.min(Number.POSITIVE_INFINITY, ...valid.map((item) => item.validUntil)) };
}
