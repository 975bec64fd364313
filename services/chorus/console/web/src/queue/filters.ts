import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Collection, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Source } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { languageName } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import { isNarrow, readView, STATES, type View } from "./filter.js";

/** What the queue is narrowed to. Sends `view` with the view that somebody chose. */
@customElement("c-filters")
export class Filters extends LitElement {
  @property({ attribute: false }) view: View = readView(new URLSearchParams());
  @property({ attribute: false }) counts: ReadonlyMap<State, bigint> = new Map();
  @property({ attribute: false }) sources: Source[] = [];
  @property({ attribute: false }) collections: Collection[] = [];
  @property({ attribute: false }) languages: string[] = [];

  private choose(change: Partial<View>): void {
    this.dispatchEvent(new CustomEvent<View>("view", { detail: { ...this.view, ...change } }));
  }

  override render() {
    return html`
      <fieldset>
        <legend>State</legend>
        ${STATES.map(([name, state, label]) => this.radio("state", name, this.view.state === name, label, this.counts.get(state), { state: name }))}
        ${this.radio("state", "all", this.view.state === "all", "All", undefined, { state: "all" })}
      </fieldset>
      ${this.ticks("Source", this.sources.map((source) => [source.source, source.title || source.source]), this.view.sources, (sources) => ({ sources }))}
      <fieldset>
        <legend>Media</legend>
        ${this.radio("media", "", this.view.media === "", "Any", undefined, { media: "" })}
        ${this.radio("media", "yes", this.view.media === "yes", "With pictures", undefined, { media: "yes" })}
        ${this.radio("media", "no", this.view.media === "no", "Words only", undefined, { media: "no" })}
      </fieldset>
      ${this.ticks("Language", this.languages.map((tag) => [tag, languageName(tag)]), this.view.languages, (languages) => ({ languages }))}
      ${this.collection()}
      <label class="tick"><input type="checkbox" .checked=${this.view.withdrawn} @change=${() => this.choose({ withdrawn: !this.view.withdrawn })} />Gone at their source</label>
      ${isNarrow(this.view) ? html`<button @click=${() => this.choose({ ...readView(new URLSearchParams()), state: this.view.state })}>Show everything</button>` : nothing}
    `;
  }

  private radio(group: string, value: string, on: boolean, label: string, amount: bigint | undefined, change: Partial<View>) {
    return html`<label class="tick">
      <input type="radio" name=${group} value=${value} .checked=${on} @change=${() => this.choose(change)} />
      <span class="label">${label}</span>${amount === undefined ? nothing : html`<span class="faint">${amount.toLocaleString()}</span>`}
    </label>`;
  }

  private ticks(legend: string, options: string[][], on: string[], change: (values: string[]) => Partial<View>) {
    const all = [...options, ...on.filter((value) => !options.some(([known]) => known === value)).map((value) => [value, value])];
    if (all.length === 0) {
      return nothing;
    }
    return html`<fieldset>
      <legend>${legend}</legend>
      ${all.map(([value = "", label]) => {
        const flipped = on.includes(value) ? on.filter((other) => other !== value) : [...on, value];
        return html`<label class="tick"><input type="checkbox" .checked=${on.includes(value)} @change=${() => this.choose(change(flipped))} /><span class="label cut">${label}</span></label>`;
      })}
    </fieldset>`;
  }

  private collection() {
    if (this.collections.length === 0) {
      return nothing;
    }
    const chosen = (event: Event): void => this.choose({ collection: (event.target as HTMLSelectElement).value });
    return html`<label>Collection
      <select @change=${chosen}>
        <option value="">Any</option>
        ${this.collections.map((item) => html`<option value=${item.collection} ?selected=${item.collection === this.view.collection}>${item.title}</option>`)}
      </select>
    </label>`;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-5);
        align-content: start;
        padding: var(--space-4);
      }
      legend,
      :host > label:not(.tick) {
        padding: 0;
        color: var(--ink-faint);
        font-size: var(--text-12);
        font-weight: var(--weight-strong);
      }
      label.tick {
        font-size: var(--text-14);
      }
      fieldset {
        min-inline-size: 0;
      }
      .label {
        flex: 1;
        min-inline-size: 0;
      }
    `,
  ];
}
