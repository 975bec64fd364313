import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { ClaimKind, ClaimOutcome, ClaimSchema } from "../src/api/chorus/api/rights/v1/claim_pb.js";
import { ThreadEventSchema, ThreadKind } from "../src/api/chorus/api/rights/v1/rights_pb.js";
import { due, often, reopens } from "../src/rights/claim-words.js";
import { sentence } from "../src/rights/words.js";

const NOW = new Date("2026-11-28T12:00:00Z");
const HOUR = 3_600_000;
const after = (hours: number) => timestampFromDate(new Date(NOW.getTime() + hours * HOUR));

it("a claim's clock runs to its day, and then says that it is overdue", () => {
  expect(due(create(ClaimSchema, { dueAt: after(50) }), NOW)).toEqual({ overdue: false, text: "Answer in 2 d" });
  expect(due(create(ClaimSchema, { dueAt: after(-3) }), NOW)).toEqual({ overdue: true, text: "Overdue: was due 3 h ago" });
});

it("a claim says how often it was said where that was more than once", () => {
  expect([1, 3].map((times) => often(create(ClaimSchema, { times })))).toEqual(["", "said 3 times"]);
});

it("what was closed lately can be opened again, and what was taken down cannot", () => {
  const closed = (hours: number, outcome: ClaimOutcome) => create(ClaimSchema, { closedAt: after(hours), outcome });
  expect(reopens(closed(-1, ClaimOutcome.SPAM), NOW)).toBe(true);
  expect(reopens(closed(-30 * 24, ClaimOutcome.SPAM), NOW)).toBe(false);
  expect(reopens(closed(-1, ClaimOutcome.TAKEN_DOWN), NOW)).toBe(false);
  expect(reopens(create(ClaimSchema), NOW)).toBe(false);
});

it("a thread tells of a claim in sentences", () => {
  const said = (kind: ThreadKind, more = {}) => sentence(create(ThreadEventSchema, { kind, by: "ada", ...more }));
  expect(said(ThreadKind.CLAIMED, { by: "", claim: ClaimKind.NOT_ALLOWED })).toBe("Somebody said that it is theirs, and did not allow it");
  expect(said(ThreadKind.CLAIMED, { by: "" })).toBe("Somebody said that it is theirs");
  expect(said(ThreadKind.CLAIM_CLOSED, { outcome: ClaimOutcome.NOT_THEIRS })).toBe("Closed by ada: not theirs");
  expect(said(ThreadKind.LINK_MAILED, { by: "", detail: "m…@example.org" })).toBe("The link was mailed to m…@example.org, since somebody asked for it");
  expect(said(ThreadKind.TAKEN_DOWN)).toBe("Taken down by ada, since somebody says that it is theirs");
});
