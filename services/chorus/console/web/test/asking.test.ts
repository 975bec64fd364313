import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { QueuedPostSchema } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { RuleSchema, SurfaceSchema } from "../src/api/chorus/api/publishing/v1/publishing_pb.js";
import { PolicySchema } from "../src/api/chorus/api/rights/v1/rights_pb.js";
import { ScopeSchema, type TermsText, TermsTextSchema, Use } from "../src/api/chorus/api/types/v1/scope_pb.js";
import { refusal } from "../src/app/errors.js";
import { persist } from "../src/app/retry.js";
import { masked } from "../src/rights/reach.js";
import { called, filled, filledInPublic, firstQuestion, newest, shown, versions, widen } from "../src/rights/request.js";
import { readSettings, settingsOf } from "../src/sources/schema.js";
import { refused } from "./curation.js";

const surface = (id: string, uses: Use[], territories: string[] = []) =>
  create(SurfaceSchema, { surface: id, title: id, scope: { uses, territories } });
const home = surface("home", [Use.WEB]);
const letter = surface("letter", [Use.EMAIL], ["DE"]);
const terms = [1, 2].map((version) => create(TermsTextSchema, { terms: "standard", version, language: "en" }));

describe("words for the public", () => {
  it("hold the code, at their end where they have no place for it, and nothing else is filled in", () => {
    expect(filledInPublic("{creator}: {brand}? {hashtag} {code} {link}", "@mira", "Lumen", "#yesLumen")).toBe("@mira: Lumen? #yesLumen 7KQ-F2M {link}");
    expect(filledInPublic("May we? ", "@mira", "Lumen", "#yay")).toBe("May we?\n\n#yay 7KQ-F2M");
  });

  it("show an address to nobody in full", () => {
    expect(masked(" Mira@Example.ORG ")).toBe("M…@example.org");
  });
});

describe("a question to a creator", () => {
  it("asks at first for what every surface needs, and no more", () => {
    const question = firstQuestion(undefined, [home, letter], terms);
    expect(question.scope.uses).toEqual([Use.WEB, Use.EMAIL]);
    expect(question.scope).toMatchObject({ paid: false, derivatives: false, territories: [] });
    expect(question).toMatchObject({ days: 365, terms: "standard" });
  });

  it("ticks the surfaces whose rule takes one of the posts", () => {
    const ruled = (id: string, rule: MessageInitShape<typeof RuleSchema>) => create(SurfaceSchema, { surface: id, title: id, scope: { uses: [Use.WEB] }, rule });
    const surfaces = [
      ruled("all", {}),
      ruled("pictures", { hasMedia: true }),
      ruled("quotes", { hasMedia: false }),
      ruled("winter", { collection: "winter" }),
      ruled("shop", { sources: ["shop"] }),
      ruled("mastodon", { platforms: ["mastodon"], hashtags: ["lamp"] }),
    ];
    const asked = (...about: MessageInitShape<typeof QueuedPostSchema>[]) =>
      firstQuestion(undefined, surfaces, terms, about.map((one) => create(QueuedPostSchema, one))).surfaces.map((one) => one.surface);
    expect(asked({ media: [{}], source: "feed", seenBySources: ["shop"] })).toEqual(["all", "pictures", "shop"]);
    expect(asked({ collections: ["winter"], platform: "mastodon", hashtags: ["lamp"] })).toEqual(["all", "quotes", "winter", "mastodon"]);
    expect(asked({ platform: "mastodon", hashtags: ["sun"] }, { media: [{}] })).toEqual(["all", "pictures", "quotes"]);
  });

  it("ticks the surfaces that have an address where no post is known", () => {
    const wall = create(SurfaceSchema, { ...home, surface: "wall", address: "https://lumen.example/" });
    expect(firstQuestion(undefined, [home, wall], terms).surfaces.map((one) => one.surface)).toEqual(["wall"]);
  });

  it("starts from the brand's policy where there is one", () => {
    const policy = create(PolicySchema, { scope: { uses: [Use.EMAIL], territories: ["DE"] }, surfaces: [shown(letter)], days: 90, message: "Hello" });
    expect(firstQuestion(policy, [home, letter], terms)).toMatchObject({ days: 90, message: "Hello", surfaces: [{ surface: "letter" }] });
  });

  it("covers the whole world as soon as one surface does", () => {
    const fenced = widen(create(ScopeSchema, { territories: ["DE"] }), [shown(letter)]);
    expect(fenced.territories).toEqual(["DE"]);
    expect(widen(fenced, [shown(letter), shown(home)]).territories).toEqual([]);
  });

  it("is read with its names filled in, and without its link", () => {
    expect(filled("Hello {creator}, may {brand} show it? {link} {other}", "{brand} Fan", "Lumen")).toBe("Hello {brand} Fan, may Lumen show it? (link) {other}");
  });

  it("holds its link at its end where it has no place, and words of Chorus's own where it is empty, as rights does", () => {
    expect(filled("Hello {creator} ", "Mira", "Lumen")).toBe("Hello Mira\n\n(link)");
    expect(filled(" ", "Mira", "Lumen")).toMatch(/^Hello Mira, .*Lumen.*\(link\)$/);
  });

  it("puts translations beside the text that they translate", () => {
    const [one, two] = terms as [TermsText, TermsText];
    const german = create(TermsTextSchema, { ...one, language: "de" });
    expect(versions([two, one, german])).toEqual([
      { written: two, translations: [] },
      { written: one, translations: [german] },
    ]);
    expect(called({ written: one, translations: [german] })).toBe("standard, version 1 (en, de)");
  });

  it("offers the newest version of each terms", () => {
    expect(newest(terms).map(({ written }) => written.version)).toEqual([2]);
  });
});

describe("a command that is sent until it is answered", () => {
  const pause = (): Promise<void> => Promise.resolve();

  const failing = (times: number, error: unknown) => {
    let left = times;
    return () => (left-- > 0 ? Promise.reject(error) : Promise.resolve("done"));
  };

  it("outlasts what passes", async () => {
    await expect(persist(failing(3, refused(Code.Unavailable, "away", "UNAVAILABLE")), { pause })).resolves.toBe("done");
  });

  it("gives up on what will never pass, with the service's words and fields", async () => {
    const error = refused(Code.InvalidArgument, "That is not right.", "INVALID");
    const failed = await persist(failing(1, error), { pause }).catch(refusal);
    expect(failed).toMatchObject({ message: "That is not right.", reason: "INVALID", passing: false });
  });

  it("waits for named reasons only where it was told to", async () => {
    const error = refused(Code.FailedPrecondition, "not approved", "NOT_APPROVED");
    await expect(persist(failing(1, error), { pause })).rejects.toThrow();
    await expect(persist(failing(1, error), { pause, alsoWaitFor: ["NOT_APPROVED"] })).resolves.toBe("done");
  });

  it("gives up after its patience", async () => {
    await expect(persist(failing(1000, refused(Code.Unavailable, "away", "")), { pause, patience: 5000 })).rejects.toThrow("away");
  });
});

describe("a connector's settings", () => {
  const schema = {
    required: ["address"],
    properties: {
      every: { type: "integer", title: "Minutes", default: 5 },
      address: { type: "string", format: "uri" },
      tags: { type: "array", items: { type: "string" } },
      token: { type: "string", writeOnly: true },
      boosts: { type: "boolean" },
    },
  };

  it("become fields of the right kind, the needed first", () => {
    const settings = settingsOf(schema);
    expect(settings[0]).toMatchObject({ name: "address", label: "Address", kind: "url", required: true });
    expect(Object.fromEntries(settings.map((one) => [one.name, one.kind]))).toEqual({ address: "url", every: "number", tags: "lines", token: "secret", boosts: "boolean" });
  });

  it("are read back as the connector wants them, without what was left empty", () => {
    const said = new FormData();
    for (const [name, value] of [["address", " https://feed.example/rss "], ["every", "10"], ["tags", "a, b\nc"], ["token", ""]] as const) {
      said.set(name, value);
    }
    expect(readSettings(settingsOf(schema), said)).toEqual({ address: "https://feed.example/rss", every: 10, tags: ["a", "b", "c"], boosts: false });
  });
});
