import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base, controls } from "../ui/base.js";
import { dayIn, YEAR } from "./standing.js";

/** Whether to ask also for what a creator posts later, and until when. Sends `until` with a day, or empty. */
@customElement("c-standing")
export class StandingForm extends LitElement {
  /** Whose posts; empty for several creators. */
  @property() creator = "";
  @property() until = "";
  @property() wrong = "";

  private put(until: string): void {
    this.dispatchEvent(new CustomEvent<string>("until", { detail: until }));
  }

  override render() {
    const asks = this.until !== "";
    return html`<div class="row">
        <label class="tick"><input type="checkbox" .checked=${asks} @change=${() => this.put(asks ? "" : dayIn(YEAR))} />Also for what ${this.creator || "each of them"} posts until</label>
        <input type="date" aria-label="Until" ?disabled=${!asks} min=${dayIn(1)} max=${dayIn(3 * YEAR)} .value=${this.until || dayIn(YEAR)} @change=${(event: Event) => this.put((event.target as HTMLInputElement).value)} />
      </div>
      ${asks ? html`<p class="hint">What you approve of it is then allowed by itself, until the creator ends that. They can say yes without it.</p>` : nothing}
      ${this.wrong ? html`<span class="wrong" role="alert">${this.wrong}</span>` : nothing}`;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-1);
      }
      input[type="date"] {
        inline-size: auto;
      }
    `,
  ];
}
