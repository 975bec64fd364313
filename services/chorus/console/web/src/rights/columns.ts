import { html, nothing, type TemplateResult } from "lit";
import { Column } from "../api/chorus/api/rights/v1/rights_pb.js";

/** The rights board's columns, from left to right, with the sentence that an empty one shows. */
export const COLUMNS: [column: Column, name: string, label: string, tone: string, empty: string][] = [
  [Column.TO_ASK, "to-ask", "To ask", "", "Approve posts in the queue, and they wait here to be asked for."],
  [Column.ASKED, "asked", "Asked", "warn", "Nobody has a question from you open."],
  [Column.GRANTED, "granted", "Granted", "ok", "No permission yet."],
  [Column.ENDING_SOON, "ending", "Ending soon", "warn", "Nothing ends within 30 days."],
  [Column.DECLINED, "declined", "Declined", "bad", "Nobody has said no."],
  [Column.ENDED, "ended", "Ended", "", "Nothing has ended."],
];

export const columnLabel = (column: Column): string => COLUMNS.find(([known]) => known === column)?.[2] ?? "None";

/** A post's rights as a small label; nothing where there is nothing to say. */
export function columnBadge(column: Column | undefined): TemplateResult | typeof nothing {
  const found = COLUMNS.find(([known]) => known === column && known !== Column.TO_ASK);
  return found ? html`<span class=${`badge ${found[3]}`}>${found[2]}</span>` : nothing;
}
