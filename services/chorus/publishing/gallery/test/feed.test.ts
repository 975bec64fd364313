import { expect, test } from "vitest";
import { readPage, UnreadableFeed } from "../src/feed";
import { rawFeed, rawItem, rawMedia } from "./examples";

const BASE = "https://public.example/v1/lumen/surfaces/home/feed.json";
const read = (...items: unknown[]) => readPage(rawFeed(items), BASE).items;

test("an item comes with its credit, its source and its sizes from small to large, at whole addresses", () => {
  const [item] = read(rawItem("a"));
  expect(item).toMatchObject({ id: "a", author: "Mira Example", credit: "Photo: Mira Example (@mira)" });
  expect(item?.link).toBe("https://social.example/@mira/a");
  expect(item?.photos[0]?.focal).toEqual({ x: 0.25, y: 0.75 });
  expect(item?.photos[0]?.renditions.map(({ url }) => url)).toEqual([
    "https://public.example/media/lumen/a/320.webp",
    "https://public.example/media/lumen/a/320.jpg",
    "https://public.example/media/lumen/a/1080.jpg",
  ]);
});

test("where to say that it is one's own is a web address, or nothing", () => {
  const mine = "https://public.example/lumen/mine?item=a";
  const said = [mine, "javascript:alert(1)", undefined].map((address) => rawItem("a", {}, { mine_url: address }));
  expect(read(...said).map((item) => item.mine)).toEqual([mine, "", ""]);
});

test("a permalink that is no web address becomes no link", () => {
  const [item] = read(rawItem("a", { url: "javascript:alert(1)", external_url: "javascript:alert(1)" }));
  expect(item?.link).toBe("");
});

test("a rendition at an address that is no web address is not shown", () => {
  const renditions = [{ url: "data:image/png;base64,AA", type: "image/png", width: 1, height: 1 }];
  const [item] = read(rawItem("a", {}, { media: [{ ...rawMedia("a"), renditions }] }));
  expect(item?.photos).toEqual([]);
});

test("an item without a credit line is left out, the others stay", () => {
  expect(read(rawItem("a", {}, { credit: "" }), rawItem("b"), null, "x").map(({ id }) => id)).toEqual(["b"]);
});

test("an end that cannot be read counts as passed, and no end as never", () => {
  const ends = read(rawItem("a", {}, { valid_until: "soon" }), rawItem("b")).map(({ validUntil }) => validUntil);
  expect(ends).toEqual([0, Number.POSITIVE_INFINITY]);
});

test("an end is read with its time zone", () => {
  const [item] = read(rawItem("a", {}, { valid_until: "2027-11-30T12:00:00+01:00" }));
  expect(item?.validUntil).toBe(Date.UTC(2027, 10, 30, 11));
});

test("the next page is followed on the feed's own origin only, since the key travels with it", () => {
  expect(readPage(rawFeed([], "?cursor=2"), BASE).next).toBe(`${BASE}?cursor=2`);
  expect(readPage(rawFeed([]), BASE).next).toBe("");
  expect(readPage(rawFeed([], "https://elsewhere.example/feed.json"), BASE).next).toBe("");
});

test.each([{}, null, [], { version: 2 }])("what is no JSON Feed is refused: %j", (document) => {
  expect(() => readPage(document, BASE)).toThrow(UnreadableFeed);
});
