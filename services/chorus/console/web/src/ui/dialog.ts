import { X } from "lucide";
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { coverPage } from "../app/keys.js";
import { base, controls } from "./base.js";
import { icon } from "./icon.js";

/** A question in front of the page (or a drawer at its side); `close` is sent however it is left. */
@customElement("c-dialog")
export class Dialog extends LitElement {
  @property() heading = "";
  /** "centre", "side" or "small". */
  @property({ reflect: true }) kind: "centre" | "side" | "small" = "centre";
  private uncover = (): void => {};

  override firstUpdated(): void {
    this.native.showModal();
    this.focusInside();
    this.uncover = coverPage();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.uncover();
    this.uncover = () => {};
  }

  /** The browser would choose the button that closes; whoever opened this wants to read first. */
  private focusInside(): void {
    if (this.shadowRoot?.activeElement?.matches(".close")) {
      this.native.focus();
    }
  }

  private get native(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog") as HTMLDialogElement;
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new Event("close"));
  };

  private readonly outside = (event: MouseEvent): void => {
    if (event.target === this.native) {
      this.native.close();
    }
  };

  override render() {
    return html`<dialog tabindex="-1" aria-labelledby="heading" @close=${this.leave} @mousedown=${this.outside}>
      <div class="sheet">
        <div class="head row spread">
          <h2 id="heading">${this.heading}</h2>
          <button class="quiet icon close" aria-label="Close" @click=${() => this.native.close()}>${icon(X)}</button>
        </div>
        <div class="body"><slot></slot></div>
        <div><slot name="actions"></slot></div>
      </div>
    </dialog>`;
  }

  static override styles = [
    base,
    controls,
    css`
      dialog {
        inline-size: min(38rem, calc(100vw - 2 * var(--space-4)));
        max-block-size: calc(100dvh - 2 * var(--space-4));
        padding: 0;
        border: 1px solid var(--line);
        border-radius: calc(var(--radius) * 1.5);
        background: var(--raised);
        color: var(--ink);
        box-shadow: var(--shadow-raised);
        overflow: hidden;
      }
      dialog:focus {
        outline: none;
      }
      dialog[open] {
        animation: rise var(--motion) var(--ease);
      }
      dialog::backdrop {
        background: var(--scrim);
      }
      :host([kind="small"]) dialog {
        inline-size: min(24rem, calc(100vw - 2 * var(--space-4)));
      }
      :host([kind="side"]) dialog {
        inline-size: min(30rem, 100vw);
        block-size: 100dvh;
        max-block-size: none;
        margin: 0 0 0 auto;
        border-width: 0 0 0 1px;
        border-radius: 0;
      }
      .sheet {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr) auto;
        block-size: 100%;
        max-block-size: inherit;
      }
      .head {
        padding: var(--space-3) var(--space-3) var(--space-3) var(--space-5);
        border-block-end: 1px solid var(--line);
        flex-wrap: nowrap;
      }
      .body {
        padding: var(--space-5);
        overflow: auto;
        overscroll-behavior: contain;
      }
      ::slotted([slot="actions"]) {
        display: flex;
        flex-wrap: wrap;
        justify-content: end;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-5);
        border-block-start: 1px solid var(--line);
      }
      ::slotted([slot="actions"]:empty) {
        display: none;
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(4px);
        }
      }
    `,
  ];
}
