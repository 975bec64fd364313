import { Hand } from "lucide";
import { html, type TemplateResult } from "lit";
import type { Claim } from "../api/chorus/api/rights/v1/claim_pb.js";
import { type Card, Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { ago, dateOf, day } from "../app/words.js";
import { icon } from "../ui/icon.js";
import "../ui/time.js";
import { due } from "./claim-words.js";

/** By when whoever says that a post is theirs is to be answered. */
export function dueBadge(claim: Claim): TemplateResult {
  const { text, overdue } = due(claim);
  return html`<span class=${`badge ${overdue ? "bad" : "warn"}`}>${icon(Hand)}${text}</span>`;
}

/** What the time has to do with a card: since when it waits, until when it holds. */
export function clock(card: Card): TemplateResult {
  const ends = dateOf(card.grant?.validUntil);
  const window = dateOf(card.request?.windowEndsAt);
  switch (card.column) {
    case Column.CLAIMED:
      return card.claim ? dueBadge(card.claim) : html``;
    case Column.ASKED:
      if (card.request?.saidYesAt) {
        return html`Said so <c-time class="faint" .at=${card.request.saidYesAt}></c-time>`;
      }
      return html`Asked <c-time class="faint" .at=${card.request?.createdAt}></c-time>${window ? `, ends ${ago(window)}` : ""}`;
    case Column.GRANTED:
      return html`${ends ? `Until ${day(ends)}` : "Without end"}`;
    case Column.ENDING_SOON:
      return html`${ends ? `Ends ${ago(ends)}` : ""}`;
    default:
      return html`<c-time class="faint" .at=${card.at}></c-time>`;
  }
}
