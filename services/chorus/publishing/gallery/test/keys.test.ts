import { expect, test } from "vitest";
import { towards } from "../src/keys";

// a b c
// d e
const box = (x: number, y: number) => ({ x: x * 110, y: y * 110, width: 100, height: 100 });
const boxes = [box(0, 0), box(1, 0), box(2, 0), box(0, 1), box(1, 1)];

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowRight", 2, 3],
  ["ArrowRight", 4, undefined],
  ["ArrowLeft", 0, undefined],
  ["ArrowLeft", 3, 2],
  ["ArrowDown", 0, 3],
  ["ArrowDown", 2, 4],
  ["ArrowDown", 3, undefined],
  ["ArrowUp", 4, 1],
  ["ArrowUp", 1, undefined],
  ["Home", 4, 0],
  ["End", 0, 4],
  ["a", 0, undefined],
])("%s from %i leads to %s", (key, from, to) => {
  expect(towards(key, from, boxes, false)).toBe(to);
});

test("left and right follow the reading direction", () => {
  expect(towards("ArrowLeft", 0, boxes, true)).toBe(1);
  expect(towards("ArrowRight", 1, boxes, true)).toBe(0);
});
