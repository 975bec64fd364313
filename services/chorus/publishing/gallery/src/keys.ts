import type { Box } from "./arrange";

/**
 * Which picture an arrow key leads to, by where things stand on the screen.
 * Left and right follow the reading order; up and down take the nearest one in that direction.
 * @returns an index into `boxes`, or undefined where the key leads nowhere.
 */
export function towards(key: string, from: number, boxes: readonly Box[], rtl: boolean): number | undefined {
  const [forward, back] = rtl ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  if (key === forward) return from + 1 < boxes.length ? from + 1 : undefined;
  if (key === back) return from > 0 ? from - 1 : undefined;
  if (key === "Home") return 0;
  if (key === "End") return boxes.length - 1;
  if (key === "ArrowDown") return nearest(from, boxes, (here, there) => there.y - here.y - here.height);
  if (key === "ArrowUp") return nearest(from, boxes, (here, there) => here.y - there.y - there.height);
  return undefined;
}

type Distance = (here: Box, there: Box) => number;

function nearest(from: number, boxes: readonly Box[], away: Distance): number | undefined {
  const here = boxes[from];
  if (!here) return undefined;
  let best: { index: number; cost: number } | undefined;
  boxes.forEach((there, index) => {
    const distance = away(here, there);
    if (distance < -1) return;
    const cost = distance + 2 * Math.abs(middle(there) - middle(here));
    if (!best || cost < best.cost) best = { index, cost };
  });
  return best?.index;
}

function middle(box: Box): number {
  return box.x + box.width / 2;
}
