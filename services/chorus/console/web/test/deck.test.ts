import { beforeEach, describe, expect, it } from "vitest";
import { State } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { Deck } from "../src/queue/deck.js";
import { post, posts } from "./posts.js";

const ids = (deck: Deck): string => deck.posts.map((one) => one.post).join("");

describe("a deck that shows new posts only", () => {
  let deck: Deck;

  beforeEach(() => {
    deck = new Deck();
    deck.deal(posts("a", "b", "c", "d"), (state) => state === State.NEW, "b");
  });

  it("has the named post in focus, and the first where there is no such post", () => {
    expect(deck.at).toBe("b");
    deck.deal(posts("a", "b"), () => true, "gone");
    expect(deck.at).toBe("a");
  });

  it("moves inside its ends", () => {
    deck.move(-5);
    expect(deck.at).toBe("a");
    deck.move(9);
    expect(deck.at).toBe("d");
  });

  it("selects all on the way of an extended move", () => {
    deck.move(2, true);
    expect([...deck.selected].sort()).toEqual(["b", "c", "d"]);
    expect(deck.chosen.map((one) => one.post)).toEqual(["b", "c", "d"]);
  });

  it("is about the post in focus where nothing is selected", () => {
    expect(deck.chosen.map((one) => one.post)).toEqual(["b"]);
  });

  it("lets decided posts leave and gives the next one the focus", () => {
    deck.decide(deck.chosen, State.APPROVED);
    expect(ids(deck)).toBe("acd");
    expect(deck.at).toBe("c");
  });

  it("gives the one before the focus when the last one leaves", () => {
    deck.at = "d";
    deck.decide(deck.chosen, State.REJECTED);
    expect(deck.at).toBe("c");
  });

  it("keeps selected what was not decided", () => {
    deck.selectRange(0, 2);
    deck.decide([post("a"), post("b")], State.APPROVED);
    expect([...deck.selected]).toEqual(["c"]);
  });

  it("puts several posts back exactly where they lay", () => {
    const taken = deck.decide([post("a"), post("c")], State.APPROVED);
    expect(ids(deck)).toBe("bd");
    deck.putBack(taken);
    expect(ids(deck)).toBe("abcd");
    expect(deck.posts.every((one) => one.state === State.NEW)).toBe(true);
  });

  it("doubles no post that a further page brings again", () => {
    deck.add(posts("d", "e"));
    expect(ids(deck)).toBe("abcde");
  });
});

describe("a deck that shows every state", () => {
  it("keeps a decided post in its place, in its new state", () => {
    const deck = new Deck();
    deck.deal(posts("a", "b"), () => true);
    const taken = deck.decide(deck.chosen, State.APPROVED);
    expect(ids(deck)).toBe("ab");
    expect(deck.posts[0]?.state).toBe(State.APPROVED);
    deck.putBack(taken);
    expect(deck.posts[0]?.state).toBe(State.NEW);
  });
});
