import { Check, FolderPlus, Hand, MessageCircleQuestion, X } from "lucide";
import { html, type TemplateResult } from "lit";
import { icon } from "../ui/icon.js";

export type ActionName = "approve" | "reject" | "escalate" | "ask" | "collect";

const ALL: [name: ActionName, label: string, key: string, sign: typeof Check, style: string][] = [
  ["approve", "Approve", "A", Check, "primary"],
  ["reject", "Reject", "R", X, ""],
  ["escalate", "Escalate", "E", Hand, "quiet"],
  ["ask", "Ask for permission", "P", MessageCircleQuestion, "quiet"],
  ["collect", "Add to collection", "C", FolderPlus, "quiet"],
];

/** The buttons by which a curator acts, each with its key. */
export function actions(names: ActionName[], act: (name: ActionName) => void): TemplateResult[] {
  return ALL.filter(([name]) => names.includes(name)).map(
    ([name, label, key, sign, style]) =>
      html`<button class=${style} data-action=${name} aria-keyshortcuts=${key.toLowerCase()} @click=${() => act(name)}>
        ${icon(sign)}${label}<kbd aria-hidden="true">${key}</kbd>
      </button>`,
  );
}
