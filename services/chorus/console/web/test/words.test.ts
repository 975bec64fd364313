import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { ScopeSchema, Use } from "../src/api/chorus/api/types/v1/scope_pb.js";
import { contrast, readable } from "../src/app/accent.js";
import { slug } from "../src/app/slug.js";
import { ago, count, period, scopeInWords, termInWords } from "../src/app/words.js";
import { TakedownSchema } from "../src/api/chorus/api/publishing/v1/publishing_pb.js";
import { diff } from "../src/post/diff.js";
import { toGo } from "../src/post/clock.js";

const NOW = new Date("2026-11-03T12:00:00Z");
const before = (seconds: number): string => ago(new Date(NOW.getTime() - seconds * 1000), NOW);

describe("words", () => {
  it.each([
    [2, "just now"],
    [40, "40 s ago"],
    [125, "2 min ago"],
    [7300, "2 h ago"],
    [86_400 * 3, "3 d ago"],
    [-7300, "in 2 h"],
  ])("says %i seconds as %s", (seconds, said) => {
    expect(before(seconds)).toBe(said);
  });

  it("names the day of what lies far away", () => {
    expect(before(86_400 * 400)).toMatch(/2025/);
  });

  it("counts a take-down's clock down until it is being looked at", () => {
    const takedown = create(TakedownSchema, { dueAt: timestampFromDate(NOW) });
    const at = (seconds: number): string => toGo(takedown, new Date(NOW.getTime() + seconds * 1000));
    expect([at(-17.4), at(-0.2), at(0), at(9)]).toEqual(["18 s to go", "1 s to go", "Being looked at", "Being looked at"]);
  });

  it("names the days from one to another, and a single one once", () => {
    const day = (number: number): Date => new Date(Date.UTC(2026, 10, number, 12));
    expect(period(day(3), day(28))).toMatch(/^3\s?–\s?28 Nov 2026$/);
    expect(period(day(3), day(3))).toBe("3 Nov 2026");
  });

  it("counts in the singular and the plural", () => {
    expect([count(1, "post"), count(2n, "post"), count(0, "post")]).toEqual(["1 post", "2 posts", "0 posts"]);
  });

  it("says every axis of a scope", () => {
    const scope = create(ScopeSchema, { uses: [Use.WEB, Use.EMAIL], paid: true, territories: ["DE"], derivatives: true });
    expect(scopeInWords(scope)).toBe("Web and E-mail, also paid, in Germany, may be cropped");
    expect(scopeInWords(create(ScopeSchema, { uses: [Use.WEB], exclusive: true }))).toBe("Web, unpaid, worldwide, not cropped or changed, nobody else");
    expect(scopeInWords(create(ScopeSchema, { uses: [Use.WEB] }))).toBe("Web, unpaid, worldwide, not cropped or changed");
  });

  it("says how long in years where it is whole years", () => {
    expect([termInWords(0), termInWords(730), termInWords(90)]).toEqual(["without end", "for 2 years", "for 90 days"]);
  });

  it.each([
    ["Évening Light, Spring ’26", "evening-light-spring-26"],
    ["  --x--  ", "x"],
    ["ä".repeat(80), "a".repeat(63)],
  ])("makes an id of %s", (title, id) => {
    expect(slug(title)).toBe(id);
  });
});

describe("what changed between two texts", () => {
  it("marks the words that came and went, and nothing else", () => {
    expect(diff("a warm lamp", "a very warm light")).toEqual([
      { kind: "same", text: "a " },
      { kind: "added", text: "very " },
      { kind: "same", text: "warm " },
      { kind: "removed", text: "lamp" },
      { kind: "added", text: "light" },
    ]);
  });

  it.each([
    ["", "new words"],
    ["old words", ""],
    ["the same", "the same"],
    ["one two three", "three two one"],
  ])("holds both texts whole: %s → %s", (one, other) => {
    const pieces = diff(one, other);
    const without = (kind: string): string => pieces.filter((piece) => piece.kind !== kind).map((piece) => piece.text).join("");
    expect([without("added"), without("removed")]).toEqual([one, other]);
  });
});

describe("a brand's accent", () => {
  it.each(["#ffe600", "#ffffff", "#000000", "#c2571a", "#7f7f7f"])("is readable on both pages, however it was chosen: %s", (accent) => {
    const light = readable(accent, "light") as string;
    const dark = readable(accent, "dark") as string;
    expect(contrast(light, "#ececee")).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, "#222226")).toBeGreaterThanOrEqual(4.5);
  });

  it("stays as it is where it can be read", () => {
    expect(readable("#3f51d1", "light")).toBe("#3f51d1");
  });

  it("is nothing where it is no colour", () => {
    expect(readable("red; background: url(x)", "light")).toBeNull();
  });
});
