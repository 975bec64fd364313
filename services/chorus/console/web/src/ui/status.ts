import { X } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { base, controls } from "./base.js";
import { icon } from "./icon.js";

export interface Notice {
  text: string;
  tone?: "plain" | "bad";
  action?: { label: string; act: () => void };
}

const SAID = "chorus-said";
const LONG = 12_000;

/** Says something at the foot of the page, and to screen readers; refusals stay until they are closed. */
export function say(notice: Notice): void {
  window.dispatchEvent(new CustomEvent<Notice>(SAID, { detail: notice }));
}

@customElement("c-status")
export class Status extends LitElement {
  @state() private notice?: Notice;
  private timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener(SAID, this.hear);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener(SAID, this.hear);
  }

  private readonly hear = (event: Event): void => {
    this.notice = (event as CustomEvent<Notice>).detail;
    window.clearTimeout(this.timer);
    if (this.notice.tone !== "bad") {
      this.timer = window.setTimeout(this.close, LONG);
    }
  };

  private readonly close = (): void => {
    this.notice = undefined;
  };

  override render() {
    return html`<div role="status" aria-live="polite">${this.notice ? this.shown(this.notice) : nothing}</div>`;
  }

  private shown(notice: Notice) {
    const act = (): void => {
      this.close();
      notice.action?.act();
    };
    return html`<div class="notice" ?data-bad=${notice.tone === "bad"}>
      <span>${notice.text}</span>
      ${notice.action ? html`<button class="quiet" @click=${act}>${notice.action.label}</button>` : nothing}
      <button class="quiet icon" aria-label="Close" @click=${this.close}>${icon(X)}</button>
    </div>`;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        position: fixed;
        inset: auto 0 calc(7rem + env(safe-area-inset-bottom)) 0;
        display: grid;
        justify-items: center;
        pointer-events: none;
        z-index: 30;
      }
      .notice {
        display: flex;
        align-items: center;
        gap: var(--space-1);
        max-inline-size: min(40rem, calc(100vw - 2 * var(--space-4)));
        padding: var(--space-1) var(--space-1) var(--space-1) var(--space-4);
        border-radius: var(--radius);
        background: var(--ink);
        color: var(--page);
        box-shadow: var(--shadow-raised);
        pointer-events: auto;
      }
      .notice[data-bad] {
        background: var(--danger);
        color: var(--on-danger);
      }
      button,
      button:hover {
        background: transparent;
        color: inherit;
      }
      button:not(.icon) {
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }
    `,
  ];
}
