import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";

const KEYS: [where: string, keys: [string, string][]][] = [
  [
    "In the queue",
    [
      ["← → ↑ ↓ or H J K L", "Move"],
      ["A", "Approve"],
      ["R then 1…9", "Reject, with the reason"],
      ["E", "Escalate"],
      ["U", "Undo"],
      ["X", "Select"],
      ["Shift + arrows", "Select a range"],
      ["Enter", "Open the post"],
      ["Z", "One post at a time, and back"],
      ["P", "Ask for permission"],
      ["C", "Add to a collection"],
    ],
  ],
  [
    "On the rights board",
    [
      ["← → ↑ ↓ or H J K L", "Move"],
      ["Enter", "Open the card"],
      ["X", "Select, where nobody was asked"],
      ["P", "Ask for permission"],
    ],
  ],
  [
    "Everywhere",
    [
      ["G then Q", "Queue"],
      ["G then R", "Rights"],
      ["G then S", "Surfaces"],
      ["G then O", "Sources"],
      ["/", "Search"],
      ["?", "These keys"],
    ],
  ],
];

/** Every key that the console knows. */
@customElement("c-help")
export class Help extends LitElement {
  override render() {
    return html`<c-dialog heading="Keys" @close=${() => this.dispatchEvent(new Event("close"))}>
      <div class="stack">
        ${KEYS.map(
          ([where, keys]) => html`<section>
            <h3>${where}</h3>
            <dl>${keys.map(([key, what]) => html`<dt>${what}</dt><dd><kbd>${key}</kbd></dd>`)}</dl>
          </section>`,
        )}
      </div>
    </c-dialog>`;
  }

  static override styles = [
    base,
    controls,
    css`
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: var(--space-2) var(--space-6);
        margin-block-start: var(--space-2);
      }
    `,
  ];
}
