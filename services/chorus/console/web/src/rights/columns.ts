import { CircleCheck, CircleX, Hand, Hourglass, MailX, MessageCircleQuestion, Stamp, TimerReset, Undo2 } from "lucide";
import { html, nothing, type TemplateResult } from "lit";
import { Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { icon } from "../ui/icon.js";

/** One column: its name in the address, its words, its sign, and the sentence that it shows when it is empty. */
export interface BoardColumnKind {
  column: Column;
  name: string;
  label: string;
  tone: string;
  sign: typeof CircleCheck;
  empty: string;
}

const kind = (column: Column, name: string, label: string, tone: string, sign: typeof CircleCheck, empty: string): BoardColumnKind => ({ column, name, label, tone, sign, empty });

/** The column that a phone shows at first. */
export const TO_ASK = kind(Column.TO_ASK, "to-ask", "To ask", "", MessageCircleQuestion, "Approve posts in the queue, and they wait here to be asked for.");

/** The rights board's columns, from left to right. No two have the same sign: colour never says a state alone. */
export const COLUMNS: BoardColumnKind[] = [
  kind(Column.CLAIMED, "claimed", "To answer", "bad", Hand, "Nobody who says that a post is theirs waits for an answer."),
  TO_ASK,
  kind(Column.ASKED, "asked", "Asked", "warn", Hourglass, "Nobody has a question from you open."),
  kind(Column.GRANTED, "granted", "Granted", "ok", CircleCheck, "No permission yet."),
  kind(Column.ENDING_SOON, "ending", "Ending soon", "warn", TimerReset, "Nothing ends within 30 days."),
  kind(Column.DECLINED, "declined", "Declined", "bad", CircleX, "Nobody has said no."),
  kind(Column.LAPSED, "lapsed", "Lapsed", "", MailX, "Everybody answers in time."),
  kind(Column.ENDED, "ended", "Ended", "", Undo2, "Nothing was taken back, and nothing has run out."),
];

/** Says that it is the brand's word, with what it says on hover; nothing where it is not. */
export function attestedBadge(attested: string | undefined): TemplateResult | typeof nothing {
  return attested ? html`<span class="badge warn" title=${attested}>${icon(Stamp)}Attested</span>` : nothing;
}

/** A post's rights as a small label; nothing where there is nothing to say. */
export function columnBadge(column: Column | undefined): TemplateResult | typeof nothing {
  const found = COLUMNS.find((known) => known.column === column && known !== TO_ASK);
  return found ? html`<span class=${`badge ${found.tone}`}>${icon(found.sign)}${found.label}</span>` : nothing;
}
