import { Code } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { State } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { Decisions } from "../src/queue/decisions.js";
import { Deck } from "../src/queue/deck.js";
import { MemoryCuration, refused } from "./curation.js";
import { posts } from "./posts.js";

const ids = (deck: Deck): string => deck.posts.map((one) => one.post).join("");

describe("a curator who decides", () => {
  let deck: Deck;
  let curation: MemoryCuration;
  let decisions: Decisions;
  let refusals: string[];

  beforeEach(() => {
    deck = new Deck();
    deck.deal(posts("a", "b", "c"), (state) => state === State.NEW);
    curation = new MemoryCuration(deck.posts);
    refusals = [];
    decisions = new Decisions("lumen", deck, curation.client, { changed: () => {}, refused: (message) => refusals.push(message) });
  });

  it("sees the post leave before curation has answered", async () => {
    const answered = decisions.decide(deck.chosen, State.APPROVED);
    expect(ids(deck)).toBe("bc");
    expect(curation.state("a")).toBe(State.NEW);
    await answered;
    expect(curation.state("a")).toBe(State.APPROVED);
  });

  it("names the revision that was seen, and the reason", async () => {
    await decisions.decide(deck.chosen, State.REJECTED, "Off topic");
    expect(curation.decided[0]).toMatchObject({ brand: "lumen", state: State.REJECTED, reason: "Off topic" });
    expect(curation.decided[0]?.posts[0]).toMatchObject({ post: "a", revision: 1 });
  });

  it("gets a refused post back where it lay, with the reason", async () => {
    curation.failures.push(refused(Code.FailedPrecondition, "The post was edited meanwhile.", "REVISION_CHANGED"));
    await decisions.decide(deck.chosen, State.APPROVED);
    expect(ids(deck)).toBe("abc");
    expect(refusals).toEqual(["The post was edited meanwhile."]);
    expect(decisions.canUndo).toBe(false);
  });

  it("is shown what somebody else decided meanwhile, and decides the next time on that", async () => {
    curation.meanwhile("a", State.REJECTED);
    curation.failures.push(refused(Code.FailedPrecondition, "Somebody else decided.", "DECISION_CHANGED"));
    await decisions.decide(deck.chosen, State.APPROVED);
    expect(deck.posts[0]?.state).toBe(State.REJECTED);
    await decisions.decide(deck.chosen, State.APPROVED);
    expect(curation.decided.map((request) => request.posts[0]?.seenDecision)).toEqual(["", "other-a"]);
  });

  it("sends the same command again where curation was away, under the same id", async () => {
    curation.failures.push(refused(Code.Unavailable, "Not yet.", "POST_NOT_YET_HERE"));
    await decisions.decide(deck.chosen, State.APPROVED);
    expect(curation.decided).toHaveLength(2);
    expect(new Set(curation.decided.map((request) => request.requestId)).size).toBe(1);
    expect(curation.state("a")).toBe(State.APPROVED);
    expect(refusals).toEqual([]);
  });

  it("takes the latest act back first", async () => {
    await decisions.decide(deck.chosen, State.APPROVED);
    await decisions.decide(deck.chosen, State.REJECTED, "Off topic");
    await decisions.undo();
    expect(ids(deck)).toBe("bc");
    expect([curation.state("a"), curation.state("b")]).toEqual([State.APPROVED, State.NEW]);
    await decisions.undo();
    expect(ids(deck)).toBe("abc");
    expect(curation.undone.map((request) => request.decisions)).toEqual([["decision-b"], ["decision-a"]]);
  });

  it("takes an act back that is still on its way", async () => {
    void decisions.decide(deck.chosen, State.APPROVED);
    await decisions.undo();
    expect(ids(deck)).toBe("abc");
    expect(curation.state("a")).toBe(State.NEW);
  });

  it("sees the post leave again where it could not be taken back", async () => {
    await decisions.decide(deck.chosen, State.APPROVED);
    curation.failures.push(refused(Code.FailedPrecondition, "A later decision stands on it.", "NOT_LATEST"));
    await decisions.undo();
    expect(ids(deck)).toBe("bc");
    expect(refusals).toEqual(["It could not be undone. A later decision stands on it."]);
  });
});
