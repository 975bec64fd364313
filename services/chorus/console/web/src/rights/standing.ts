import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type Standing, type StandingConsent, StandingSchema } from "../api/chorus/api/rights/v1/rights_pb.js";
import { dateOf, day } from "../app/words.js";

export const YEAR = 365;

const NOBODYS = new Set(["upload", "feed"]);

/** Whether later posts of the same person could be known: every upload has an account of its own, and feeds tell names at most. */
export const canStand = ({ account }: Pick<QueuedPost, "account">): boolean => account !== undefined && account.id !== "" && !NOBODYS.has(account.platform);

/** From now on until the end of a day, as `<input type=date>` writes it. */
export function standingUntil(until: string, now = new Date()): Standing {
  return create(StandingSchema, { starts: timestampFromDate(now), until: timestampFromDate(new Date(`${until}T23:59:59Z`)) });
}

/** So many days from now, as `<input type=date>` writes it. */
export const dayIn = (days: number, now = new Date()): string => new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** How a standing consent stands, in a sentence. */
export function standingInWords({ until, endedAt, takenBack }: StandingConsent): string {
  const ended = dateOf(endedAt);
  const last = dateOf(until);
  if (ended) {
    return `Consent to later posts ended on ${day(ended)}${takenBack ? ", and what followed from it was taken back" : ""}.`;
  }
  return last ? `Also allowed: what they post until ${day(last)}, as soon as you approve it.` : "";
}
