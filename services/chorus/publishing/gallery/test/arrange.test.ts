import { describe, expect, test } from "vitest";
import { arrange, fitting, typicalRatios, type Box, type Layout, type Measures } from "../src/arrange";

const measures = (changes: Partial<Measures> = {}): Measures => ({
  width: 1000,
  gap: 10,
  cell: 160,
  row: 200,
  caption: 36,
  ratio: 1,
  columns: 4,
  rtl: false,
  ...changes,
});

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width - 0.01 && b.x < a.x + a.width - 0.01 && a.y < b.y + b.height - 0.01 && b.y < a.y + a.height - 0.01;

describe.each<Layout>(["grid", "masonry", "wall"])("%s", (layout) => {
  test.each([280, 358, 768, 1440])("at %i px nothing overlaps and nothing leaves the room", (width) => {
    const plan = arrange(layout, typicalRatios(23), measures({ width }));
    for (const [index, box] of plan.boxes.entries()) {
      expect(box.x).toBeGreaterThanOrEqual(-0.01);
      expect(box.x + box.width).toBeLessThanOrEqual(width + 0.01);
      expect(box.y + box.height).toBeLessThanOrEqual(plan.height + 0.01);
      expect(plan.boxes.slice(index + 1).some((other) => overlap(box, other))).toBe(false);
    }
  });

  test("right to left is the mirror image", () => {
    const [ltr, rtl] = [false, true].map((rtl) => arrange(layout, typicalRatios(7), measures({ rtl })));
    expect(rtl?.boxes.map(({ x, width }) => Math.round(1000 - x - width))).toEqual(
      ltr?.boxes.map(({ x }) => Math.round(x)),
    );
  });
});

test("a phone gets two columns, a wide page no more than it was told", () => {
  const columns = (width: number) =>
    new Set(arrange("grid", typicalRatios(12), measures({ width })).boxes.map(({ x }) => x)).size;
  expect(columns(358)).toBe(2);
  expect(columns(1600)).toBe(4);
  expect(columns(100)).toBe(1);
});

test("masonry and wall keep each picture's own shape", () => {
  const shape = (box?: Box) => (box ? box.width / (box.height - 36) : 0);
  for (const layout of ["masonry", "wall"] as const) {
    const { boxes } = arrange(layout, [1.5, 0.75, 1], measures({ width: 2000 }));
    expect(boxes.map(shape).map((ratio) => Number(ratio.toFixed(3)))).toEqual([1.5, 0.75, 1]);
  }
});

test("each full row of the wall reaches the edge, the last one is as high as the one above it", () => {
  const { boxes } = arrange("wall", new Array<number>(7).fill(1), measures());
  const first = boxes.filter(({ y }) => y === 0);
  expect(first.at(-1)!.x + first.at(-1)!.width).toBeCloseTo(1000);
  expect(boxes.at(-1)!.height).toBeCloseTo(first[0]!.height);
  expect(boxes.at(-1)!.x + boxes.at(-1)!.width).toBeLessThan(900);
});

test("every row of the wall but the last reaches the edge, whatever the row above was", () => {
  const { boxes } = arrange("wall", [2.4, 2.4, 1, 1, 1, 0.5, 1.6, 2.4, 0.5, 0.5, 2.4, 1, 1, 1.3], measures());
  const ends = new Map<number, number>();
  for (const { x, y, width } of boxes) ends.set(y, x + width);
  for (const end of [...ends.values()].slice(0, -1)) expect(end).toBeCloseTo(1000);
});

test("a panorama does not squeeze its neighbours away", () => {
  const [box] = arrange("masonry", [12], measures()).boxes;
  expect(box!.height - 36).toBeGreaterThan(90);
});

test("a carousel is one line of one height, never wider than its window", () => {
  const { boxes, height } = arrange("carousel", [1, 2.4, 0.5], measures({ width: 300 }));
  expect(height).toBe(236);
  expect(boxes.map(({ y }) => y)).toEqual([0, 0, 0]);
  expect(boxes[1]!.width).toBe(300);
});

test("what fits is counted from the front, and one picture always fits", () => {
  const plan = arrange("grid", typicalRatios(12), measures());
  const row = plan.boxes[0]!.height;
  expect(fitting(plan, plan.height)).toBe(12);
  expect(fitting(plan, row * 2 + 10)).toBe(8);
  expect(fitting(plan, 20)).toBe(1);
  expect(fitting({ boxes: [], height: 0 }, 0)).toBe(0);
});
