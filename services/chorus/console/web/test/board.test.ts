import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError, createRouterTransport } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { AttestationSchema } from "../src/api/chorus/api/rights/v1/attestation_pb.js";
import { Curation, DecideResponseSchema, State } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { Channel } from "../src/api/chorus/api/rights/v1/contact_pb.js";
import { AccountSchema } from "../src/api/chorus/api/types/v1/media_pb.js";
import { type CreateLinkRequest, CreateLinkResponseSchema, type CreateRequestRequest, CreateRequestResponseSchema, GrantSchema, GrantState, PostRightsSchema, Rights, StandingConsentSchema, ThreadEventSchema, ThreadKind } from "../src/api/chorus/api/rights/v1/rights_pb.js";
import { ScopeSchema, Use } from "../src/api/chorus/api/types/v1/scope_pb.js";
import { openHouse } from "../src/app/house.js";
import { type Askable, Asking } from "../src/rights/asking.js";
import { firstQuestion } from "../src/rights/request.js";
import { dayIn, standingInWords, standingUntil } from "../src/rights/standing.js";
import { cardFilter, narrowed, readBoard, writeBoard } from "../src/rights/view.js";
import { permission, sentence } from "../src/rights/words.js";
import { refused } from "./curation.js";

const asked: CreateRequestRequest[] = [];
const linked: CreateLinkRequest[] = [];
const approved: string[] = [];
/** What rights refuses, by the post. */
const refusals = new Map<string, ConnectError>();
/** Whether rights answers with links. */
let links = true;
const question = firstQuestion(undefined, [], []);
const post = (id: string, state = State.APPROVED): Askable => ({ post: id, revision: 1, state, account: undefined });
const by = (account: string, ...posts: string[]): Askable[] => posts.map((id) => ({ ...post(id), account: create(AccountSchema, { platform: "mastodon", id: account }) }));

function begin(...posts: Askable[]): Asking {
  return new Asking("lumen", posts, () => {});
}

beforeEach(() => {
  asked.length = 0;
  linked.length = 0;
  approved.length = 0;
  refusals.clear();
  links = true;
  const transport = createRouterTransport(({ service }) => {
    service(Rights, {
      createRequest: (request) => {
        asked.push(request);
        const refusal = refusals.get(request.post);
        if (refusal) {
          throw refusal;
        }
        return create(CreateRequestResponseSchema, { request: { request: `r-${request.post}` }, link: links ? `link of ${request.post}` : "", message: "Hello" });
      },
      createLink: (request) => {
        linked.push(request);
        const refusal = refusals.get(request.request);
        if (refusal) {
          throw refusal;
        }
        return create(CreateLinkResponseSchema, { link: `link of ${[request.request, ...request.others].join("+")}`, message: "Hello all" });
      },
    });
    service(Curation, {
      decide: (request) => {
        approved.push(...request.posts.map((one) => one.post));
        return create(DecideResponseSchema, {});
      },
    });
  });
  openHouse(transport, { email: "", displayName: "", memberships: [], publicUrl: "" });
});

describe("asking about many posts", () => {
  it("tells of each what became of it, and what fails takes nothing from the others", async () => {
    refusals.set("b", refused(Code.FailedPrecondition, "no", "ALREADY_GRANTED"));
    refusals.set("c", refused(Code.Internal, "It broke.", "INTERNAL"));
    const asking = begin(post("a"), post("b"), post("c"), post("d"), post("e", State.NEW));
    await asking.run(question);
    expect(asking.entries.map(({ outcome }) => outcome)).toEqual([
      { state: "asked", request: "r-a", link: "link of a", message: "Hello" },
      { state: "skipped", why: "Granted already" },
      { state: "failed", why: "It broke." },
      { state: "asked", request: "r-d", link: "link of d", message: "Hello" },
      { state: "skipped", why: "Not approved" },
    ]);
    expect(asked.map((request) => request.post)).toEqual(["a", "b", "c", "d"]);
    expect(asked.every((request) => request.onlyNew)).toBe(true);
  });

  it("sends only what is left again, as the same command", async () => {
    refusals.set("b", refused(Code.Internal, "It broke.", "INTERNAL"));
    const asking = begin(post("a"), post("b"));
    await asking.run(question);
    refusals.clear();
    await asking.run(question);
    expect(asked.map((request) => request.post)).toEqual(["a", "b", "b"]);
    expect(asked[2]?.requestId).toBe(asked[1]?.requestId);
    expect(new Set(asked.map((request) => request.requestId)).size).toBe(2);
    expect(asking.left).toEqual([]);
  });

  it("asks in public with the words for it, and takes a text without a link for an answer", async () => {
    links = false;
    const asking = begin(post("a"));
    await asking.run({ ...question, channel: Channel.REPLY, reply: "May we? {code}" });
    expect(asked[0]).toMatchObject({ channel: Channel.REPLY, message: "May we? {code}" });
    expect(asking.entries[0]?.outcome).toEqual({ state: "asked", request: "r-a", link: "", message: "Hello" });
  });

  it("leaves out who may not be asked now", async () => {
    refusals.set("a", refused(Code.FailedPrecondition, "no", "OPTED_OUT"));
    refusals.set("b", refused(Code.FailedPrecondition, "no", "CONTACT_CAP"));
    refusals.set("c", refused(Code.FailedPrecondition, "no", "NO_ADDRESS"));
    refusals.set("d", refused(Code.FailedPrecondition, "no", "TAKEN_DOWN"));
    const asking = begin(post("a"), post("b"), post("c"), post("d"));
    await asking.run({ ...question, channel: Channel.EMAIL });
    expect(asking.entries.map(({ outcome }) => outcome)).toEqual([
      { state: "skipped", why: "Does not want to be asked" },
      { state: "skipped", why: "Contacted often enough" },
      { state: "skipped", why: "No e-mail address" },
      { state: "skipped", why: "Taken down for a claim" },
    ]);
  });

  it("takes another question for another command", async () => {
    refusals.set("b", refused(Code.Internal, "It broke.", "INTERNAL"));
    const asking = begin(post("a"), post("b"));
    await asking.run(question);
    await asking.run({ ...question, days: 90 });
    expect(asked[2]?.requestId).not.toBe(asked[1]?.requestId);
  });

  it("stops where the question itself cannot be asked, and where somebody stops it", async () => {
    refusals.set("a", refused(Code.NotFound, "No terms.", "TERMS_NOT_FOUND"));
    const wrong = begin(post("a"), post("b"));
    await wrong.run(question);
    expect([wrong.with("failed").length, wrong.with("open").length, wrong.why?.message]).toEqual([1, 1, "No terms."]);
    const stopped: Asking = new Asking("lumen", [post("c"), post("d"), post("e")], () => asked.length === 2 && stopped.stop());
    await stopped.run(question);
    expect(asked.map((request) => request.post)).toEqual(["a", "c"]);
  });

  it("makes one link for each creator of several posts", async () => {
    const asking = begin(...by("mira", "a", "b"), ...by("noa", "c"), ...by("mira", "d"), ...by("", "e", "f"));
    await asking.run(question);
    expect(linked.map(({ request, others }) => [request, ...others])).toEqual([["r-a", "r-b", "r-d"]]);
    const links = asking.entries.map(({ outcome }) => (outcome.state === "asked" ? outcome.link : ""));
    expect(links).toEqual(["link of r-a+r-b+r-d", "link of r-a+r-b+r-d", "link of c", "link of r-a+r-b+r-d", "link of e", "link of f"]);
    await asking.run(question);
    expect(linked.length).toBe(1);
  });

  it("takes a post that was asked about later into the one link, and leaves each its own where that fails", async () => {
    refusals.set("b", refused(Code.Internal, "It broke.", "INTERNAL"));
    const asking = begin(...by("mira", "a", "b"));
    await asking.run(question);
    refusals.clear();
    refusals.set("r-a", refused(Code.FailedPrecondition, "closed", "REQUEST_CLOSED"));
    await asking.run(question);
    expect(asking.with("asked").map(({ outcome }) => (outcome.state === "asked" ? outcome.link : ""))).toEqual(["link of a", "link of b"]);
    refusals.clear();
    await asking.run(question);
    expect(linked.length).toBe(2);
    expect(asking.why).toBeUndefined();
  });

  it("asks also for what is posted later, where others of the same person could be known", async () => {
    const standing = standingUntil("2027-11-03", new Date("2026-11-03T12:00:00Z"));
    const upload = { ...post("u"), account: create(AccountSchema, { platform: "upload", id: "u" }) };
    const item = { ...post("i"), account: create(AccountSchema, { platform: "feed", id: "https://blog.example/" }) };
    const asking = begin(...by("mira", "a", "b"), upload, item, post("c"));
    await asking.run(question, standing);
    expect(asked.map((request) => request.standing?.until)).toEqual([standing.until, standing.until, undefined, undefined, undefined]);
    refusals.set("a", refused(Code.Internal, "It broke.", "INTERNAL"));
    const again = begin(...by("mira", "a"));
    await again.run(question, standing);
    await again.run(question);
    expect(new Set(asked.slice(5).map((request) => request.requestId)).size).toBe(2);
  });

  it("approves on the way only what it is told to", async () => {
    const asking = begin(post("a"), post("b", State.NEW));
    await asking.approve();
    await asking.run(question);
    expect([approved, asking.approved, asking.with("asked").length]).toEqual([["b"], ["b"], 2]);
  });

  it("asks about one post whatever was asked before", async () => {
    const asking = begin(post("a"));
    await asking.run(question);
    expect(asked[0]?.onlyNew).toBe(false);
  });
});

describe("the rights board", () => {
  it("says its filter in the address, and reads it from there", () => {
    const view = { use: Use.IN_STORE, surface: "wall", creator: "mira", text: "blue & warm", askedBy: "policy" };
    const query = new URLSearchParams(writeBoard(view));
    expect(readBoard(query)).toEqual(view);
    expect(cardFilter(view)).toMatchObject({ uses: [Use.IN_STORE], surface: "wall", creator: "mira", text: "blue & warm", askedBy: "policy" });
    expect([narrowed(view), narrowed(readBoard(new URLSearchParams("use=nonsense")))]).toEqual([5, 0]);
  });

  it("says in short what a post's rights permit", () => {
    const scope = create(ScopeSchema, { uses: [Use.WEB, Use.EMAIL], paid: true, territories: ["DE"] });
    const grants = [
      create(GrantSchema, { state: GrantState.REVOKED, scope: create(ScopeSchema, { uses: [Use.PRINT] }) }),
      create(GrantSchema, { state: GrantState.ACTIVE, scope, validUntil: timestampFromDate(new Date("2027-11-03T12:00:00Z")) }),
    ];
    expect(permission(create(PostRightsSchema, { permits: "on the web", grants }))).toBe("Web, E-mail · until 3 Nov 2027 · also paid · only DE");
    expect(permission(create(PostRightsSchema, { permits: "", grants }))).toBe("");
  });

  it("never words the brand's own as the creator's", () => {
    const attestation = create(AttestationSchema, { inWords: "by contract of 3 Nov 2026, attested by ada@lumen.example" });
    const scope = create(ScopeSchema, { uses: [Use.WEB] });
    const attested = create(GrantSchema, { state: GrantState.ACTIVE, scope, attestation });
    const own = create(GrantSchema, { state: GrantState.ACTIVE, scope });
    const permits = "on the web";
    expect(permission(create(PostRightsSchema, { permits, grants: [attested] }))).toBe("Web · without end · attested by the brand");
    expect(permission(create(PostRightsSchema, { permits, grants: [attested, own] }))).toBe("Web · without end");
    const said = (kind: ThreadKind): string => sentence(create(ThreadEventSchema, { kind }), attested);
    expect(said(ThreadKind.ATTESTED)).toBe("The brand says that it has permission: by contract of 3 Nov 2026, attested by ada@lumen.example");
    expect(said(ThreadKind.REVOKED)).toBe("The creator ended what the brand had attested");
    expect(said(ThreadKind.ATTESTATION_ENDED)).toBe("What the brand had attested was ended by the brand");
  });

  it("says how a standing consent stands, and what is allowed by one", () => {
    const [given, until] = ["2026-11-03T12:00:00Z", "2027-11-03T23:59:59Z"].map((at) => timestampFromDate(new Date(at)));
    const consent = create(StandingConsentSchema, { givenAt: given, until });
    expect(standingInWords(consent)).toBe("Also allowed: what they post until 3 Nov 2027, as soon as you approve it.");
    expect(standingInWords(create(StandingConsentSchema, { ...consent, endedAt: given }))).toBe("Consent to later posts ended on 3 Nov 2026.");
    expect(standingInWords(create(StandingConsentSchema, { ...consent, endedAt: given, takenBack: true }))).toMatch(/taken back\.$/);
    const grant = create(GrantSchema, { via: "standing", standingGivenAt: given });
    expect(sentence(create(ThreadEventSchema, { kind: ThreadKind.GRANTED }), grant)).toBe("Allowed by standing consent of 3 Nov 2026");
    expect(dayIn(365, new Date("2026-11-03T12:00:00Z"))).toBe("2027-11-03");
  });

  it("words each thing that can happen differently", () => {
    const kinds = Object.values(ThreadKind).filter((kind): kind is ThreadKind => typeof kind === "number");
    const said = kinds.map((kind) => sentence(create(ThreadEventSchema, { kind, by: "ada@lumen.example" })));
    expect(new Set(said).size).toBe(kinds.length);
    expect(sentence(create(ThreadEventSchema, { kind: ThreadKind.ASKED, by: "policy" }))).toBe("Asked by itself, when the post was approved");
  });
});
