import { expect, test } from "vitest";
import { settle, stillValid } from "../src/settle";
import { item } from "./examples";

const feed = (...ids: string[]) => ids.map((id) => item(id));
const shown = (before: string[], now: string[], want: number, letIn = false) => {
  const settled = settle(before, feed(...now), want, letIn);
  return [settled.shown.map(({ id }) => id).join(""), settled.waiting];
};

test("the first look shows as many as wanted", () => {
  expect(shown([], ["a", "b", "c"], 2)).toEqual(["ab", 0]);
});

test("a withdrawn picture leaves and the next older one fills its place", () => {
  expect(shown(["a", "b"], ["a", "c", "d"], 2)).toEqual(["ac", 0]);
});

test("new pictures wait and are counted, what is shown keeps its place", () => {
  expect(shown(["a", "b"], ["n", "m", "a", "b"], 2)).toEqual(["ab", 2]);
});

test("new pictures come in when the visitor lets them", () => {
  expect(shown(["a", "b"], ["n", "a", "b"], 2, true)).toEqual(["na", 0]);
});

test("a withdrawal does not let a waiting picture jump in at the front", () => {
  expect(shown(["a", "b"], ["n", "b", "c"], 2)).toEqual(["bc", 1]);
});

test("where everything shown is gone, what is there now is shown", () => {
  expect(shown(["a", "b"], ["x", "y"], 2)).toEqual(["xy", 0]);
});

test("more is appended at the end", () => {
  expect(shown(["a", "b"], ["a", "b", "c", "d"], 4)).toEqual(["abcd", 0]);
});

test("a new order of the feed is followed for what is shown", () => {
  expect(shown(["a", "b"], ["b", "a"], 2)).toEqual(["ba", 0]);
});

test("a consent that has ended hides its picture at that instant, and the next end is known", () => {
  const items = [item("a", { validUntil: 1000 }), item("b", { validUntil: 3000 }), item("c"), item("d", { validUntil: 2000 })];
  expect(stillValid(items, 999)).toMatchObject({ next: 1000 });
  const later = stillValid(items, 1000);
  expect(later.items.map(({ id }) => id)).toEqual(["b", "c", "d"]);
  expect(later.next).toBe(2000);
  expect(stillValid([item("c")], 0).next).toBe(Number.POSITIVE_INFINITY);
});
