import { ChevronLeft, ChevronRight } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";

/** A message as each creator will read it, one at a time, with its link only hinted at: the link is theirs alone. */
@customElement("c-preview")
export class Preview extends LitElement {
  @property({ attribute: false }) creators: string[] = [];
  /** What each of them reads. */
  @property({ attribute: false }) texts: string[] = [];
  /** Everybody reads it. */
  @property({ type: Boolean }) open = false;
  @state() private at = 0;

  private turn(steps: number): void {
    this.at = (this.at + steps + this.creators.length) % this.creators.length;
  }

  override render() {
    const at = this.creators.length > this.at ? this.at : 0;
    return html`<section aria-label="Preview of the message">
      <div class="row spread">
        <strong aria-live="polite">${this.open ? `Under the post of ${this.creators[at] ?? ""}` : `As ${this.creators[at] ?? ""} reads it`}</strong>
        ${this.creators.length > 1 ? this.pager() : nothing}
      </div>
      <blockquote>${this.texts[at] ?? ""}</blockquote>
    </section>`;
  }

  private pager() {
    return html`<div class="row">
      <button class="quiet icon" aria-label="The creator before" @click=${() => this.turn(-1)}>${icon(ChevronLeft)}</button>
      <span class="faint">${this.at + 1} of ${this.creators.length}</span>
      <button class="quiet icon" aria-label="The next creator" @click=${() => this.turn(1)}>${icon(ChevronRight)}</button>
    </div>`;
  }

  static override styles = [
    base,
    controls,
    css`
      blockquote {
        margin: var(--space-1) 0 0;
        padding: var(--space-3);
        border-radius: var(--radius);
        background: var(--sunken);
        color: var(--ink-soft);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}
