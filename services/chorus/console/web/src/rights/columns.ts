import { CircleCheck, CircleX, Hourglass, MailX, MessageCircleQuestion, TimerReset, Undo2 } from "lucide";
import { html, nothing, type TemplateResult } from "lit";
import { Column, GrantState, type PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { dateOf, day, useName } from "../app/words.js";
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

/** The rights board's columns, from left to right. No two have the same sign: colour never says a state alone. */
export const COLUMNS: BoardColumnKind[] = [
  kind(Column.TO_ASK, "to-ask", "To ask", "", MessageCircleQuestion, "Approve posts in the queue, and they wait here to be asked for."),
  kind(Column.ASKED, "asked", "Asked", "warn", Hourglass, "Nobody has a question from you open."),
  kind(Column.GRANTED, "granted", "Granted", "ok", CircleCheck, "No permission yet."),
  kind(Column.ENDING_SOON, "ending", "Ending soon", "warn", TimerReset, "Nothing ends within 30 days."),
  kind(Column.DECLINED, "declined", "Declined", "bad", CircleX, "Nobody has said no."),
  kind(Column.LAPSED, "lapsed", "No answer", "", MailX, "Everybody answers in time."),
  kind(Column.ENDED, "ended", "Ended", "", Undo2, "Nothing was taken back, and nothing has run out."),
];

/** A post's rights as a small label; nothing where there is nothing to say. */
export function columnBadge(column: Column | undefined): TemplateResult | typeof nothing {
  const found = COLUMNS.find((known) => known.column === column && known.column !== Column.TO_ASK);
  return found ? html`<span class=${`badge ${found.tone}`}>${icon(found.sign)}${found.label}</span>` : nothing;
}

const said = new WeakMap<PostRights, string>();

/** What a post's rights permit, as short as a card is wide: "Web, E-mail · until 3 Nov 2027"; empty where nothing is. */
export function permission(rights: PostRights): string {
  const known = said.get(rights) ?? inShort(rights);
  said.set(rights, known);
  return known;
}

function inShort(rights: PostRights): string {
  const grant = rights.permits ? rights.grants.find((one) => one.state === GrantState.ACTIVE) : undefined;
  if (!grant) {
    return "";
  }
  const until = dateOf(grant.validUntil);
  const limits = [
    grant.scope?.uses.map(useName).join(", ") ?? "",
    until ? `until ${day(until)}` : "without end",
    grant.scope?.paid ? "also paid" : "",
    grant.scope?.territories.length ? `only ${grant.scope.territories.join(", ")}` : "",
    grant.scope?.derivatives ? "may be cropped" : "",
  ];
  return limits.filter(Boolean).join(" · ");
}
