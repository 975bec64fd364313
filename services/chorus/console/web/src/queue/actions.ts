import { Check, FolderPlus, Hand, MessageCircleQuestion, X } from "lucide";
import { html, type TemplateResult } from "lit";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { icon } from "../ui/icon.js";

export type ActionName = "approve" | "reject" | "escalate" | "ask" | "attest" | "collect";

const ALL: [name: ActionName, label: string, key: string, sign: typeof Check, style: string][] = [
  ["approve", "Approve", "A", Check, "primary"],
  ["reject", "Reject", "R", X, ""],
  ["escalate", "Escalate", "E", Hand, "quiet"],
  ["ask", "Ask for permission", "P", MessageCircleQuestion, "quiet"],
  ["collect", "Add to collection", "C", FolderPlus, "quiet"],
];

const ALREADY: Partial<Record<State, ActionName>> = {
  [State.APPROVED]: "approve",
  [State.REJECTED]: "reject",
  [State.ESCALATED]: "escalate",
};

/** Of these acts, those that would change something for a post in this state. */
export const sensible = (names: ActionName[], state: State): ActionName[] => names.filter((name) => name !== ALREADY[state]);

/** The buttons by which a curator acts, each with its key. */
export function actions(names: ActionName[], act: (name: ActionName) => void): TemplateResult[] {
  return ALL.filter(([name]) => names.includes(name)).map(
    ([name, label, key, sign, style]) =>
      html`<button class=${style} data-action=${name} aria-keyshortcuts=${key.toLowerCase()} @click=${() => act(name)}>
        ${icon(sign)}${label}<kbd aria-hidden="true">${key}</kbd>
      </button>`,
  );
}
