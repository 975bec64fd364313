import { Check, Copy } from "lucide";
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, controls } from "./base.js";
import { icon } from "./icon.js";

/** A line of text to take along, with a button that copies it. */
@customElement("c-copy")
export class CopyLine extends LitElement {
  @property() value = "";
  @property() label = "";
  /** Several lines, for code and messages. */
  @property({ type: Boolean }) block = false;
  @state() private copied = false;

  private readonly copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(this.value);
    this.copied = true;
    window.setTimeout(() => (this.copied = false), 2000);
  };

  override render() {
    return html`<div class="line">
      ${this.block ? html`<pre tabindex="0">${this.value}</pre>` : html`<code class="cut" title=${this.value}>${this.value}</code>`}
      <button aria-label=${`Copy ${this.label}`} @click=${this.copy}>
        ${icon(this.copied ? Check : Copy)}<span aria-live="polite">${this.copied ? "Copied" : "Copy"}</span>
      </button>
    </div>`;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: block;
        min-inline-size: 0;
      }
      .line {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: start;
        gap: var(--space-2);
      }
      code,
      pre {
        margin: 0;
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--sunken);
        color: var(--ink-soft);
        font: var(--text-12) / var(--leading) var(--font-mono);
      }
      code {
        line-height: 1.25rem;
      }
      pre {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}
