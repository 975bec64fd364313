import { html, css, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";

/** Why a post is rejected, in the words that its history will show. */
export const REASONS = [
  "Off topic",
  "Poor picture",
  "Shows people who did not agree",
  "Not suitable for everyone",
  "Advertising or spam",
  "Shows another brand",
  "We have this picture already",
  "Not their own work",
];

/** Asks why: a number or a click answers; anything else can be written. Sends `reason` with the words. */
@customElement("c-reasons")
export class Reasons extends LitElement {
  private answer(reason: string): void {
    if (reason.trim() !== "") {
      this.dispatchEvent(new CustomEvent("reason", { detail: reason.trim() }));
    }
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    const reason = REASONS[Number(event.key) - 1];
    const writing = event.composedPath()[0] instanceof HTMLInputElement;
    if (reason && !writing) {
      event.preventDefault();
      this.answer(reason);
    } else if (event.key === "9" && !writing) {
      event.preventDefault();
      this.renderRoot.querySelector("input")?.focus();
    }
  };

  private readonly written = (event: SubmitEvent): void => {
    event.preventDefault();
    this.answer(String(new FormData(event.target as HTMLFormElement).get("reason") ?? ""));
  };

  override render() {
    return html`<c-dialog kind="small" heading="Why not?" @keydown=${this.pressed} @close=${() => this.dispatchEvent(new Event("close"))}>
      <ol>
        ${REASONS.map((reason, index) => html`<li><button class="quiet" ?autofocus=${index === 0} @click=${() => this.answer(reason)}><kbd>${index + 1}</kbd>${reason}</button></li>`)}
      </ol>
      <form @submit=${this.written}>
        <label>
          <span><kbd>9</kbd> In your own words</span>
          <span class="row"><input name="reason" required maxlength="200" autocomplete="off" /><button>Reject</button></span>
        </label>
      </form>
    </c-dialog>`;
  }

  static override styles = [
    base,
    controls,
    css`
      li button {
        inline-size: 100%;
        justify-content: start;
        font-weight: var(--weight);
      }
      form {
        margin-block-start: var(--space-4);
      }
      .row {
        flex-wrap: nowrap;
      }
    `,
  ];
}
