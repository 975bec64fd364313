import { type Claim, ClaimKind, ClaimOutcome } from "../api/chorus/api/rights/v1/claim_pb.js";
import { ago, count, dateOf } from "../app/words.js";

const WANTED: Partial<Record<ClaimKind, string>> = {
  [ClaimKind.LOST_LINK]: "Lost the link",
  [ClaimKind.NOT_ALLOWED]: "Did not allow it",
};

const CLOSED: Partial<Record<ClaimOutcome, string>> = {
  [ClaimOutcome.ANSWERED]: "Answered",
  [ClaimOutcome.NOT_THEIRS]: "Not theirs",
  [ClaimOutcome.SPAM]: "Spam",
  [ClaimOutcome.TAKEN_DOWN]: "Taken down",
};

/** How people close a claim; the last outcome comes by taking the post down. */
export const OUTCOMES = [ClaimOutcome.ANSWERED, ClaimOutcome.NOT_THEIRS, ClaimOutcome.SPAM];
/** For so long a claim can be opened again after it was closed, and what was written is kept; as rights has it. */
const KEPT_MS = 30 * 86_400_000;

export const wanted = (kind: ClaimKind): string => WANTED[kind] ?? "Says that it is theirs";
export const closedAs = (outcome: ClaimOutcome): string => CLOSED[outcome] ?? "Closed";

/** How often it was said; empty where once. */
export const often = (claim: Claim): string => (claim.times > 1 ? `said ${count(claim.times, "time")}` : "");

/** By when it is to be answered: "Answer in 2 d", "Overdue: was due 3 h ago". */
export function due(claim: Claim, now = new Date()): { text: string; overdue: boolean } {
  const at = dateOf(claim.dueAt) ?? now;
  const overdue = at <= now;
  return { overdue, text: overdue ? `Overdue: was due ${ago(at, now)}` : `Answer ${ago(at, now)}` };
}

/** Whether a closed claim can be opened again. */
export function reopens(claim: Claim, now = new Date()): boolean {
  const closed = dateOf(claim.closedAt);
  return closed !== undefined && claim.outcome !== ClaimOutcome.TAKEN_DOWN && now.getTime() - closed.getTime() < KEPT_MS;
}
