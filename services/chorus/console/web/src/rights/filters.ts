import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Use } from "../api/chorus/api/types/v1/scope_pb.js";
import { USES } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import { type BoardView, narrowed, readBoard } from "./view.js";

/** Who can have asked, beside people: the policy, an upload whose terms did not hold, and nobody at all. */
const BY_ITSELF: [by: string, label: string][] = [
  ["policy", "Asked by itself"],
  ["upload", "With an upload"],
  ["standing", "By standing consent"],
  ["attested", "Nobody: attested by the brand"],
];

/** What the board is narrowed to. Sends `view` with the view that somebody chose. */
@customElement("c-board-filters")
export class BoardFilters extends LitElement {
  @property({ attribute: false }) view: BoardView = readBoard(new URLSearchParams());
  @property({ attribute: false }) surfaces: Surface[] = [];
  /** E-mail address and name of each member. */
  @property({ attribute: false }) people: [string, string][] = [];

  private choose(change: Partial<BoardView>): void {
    this.dispatchEvent(new CustomEvent<BoardView>("view", { detail: { ...this.view, ...change } }));
  }

  override render() {
    const { view } = this;
    const uses: [string, string][] = USES.map(([use, name]) => [String(use), name]);
    const surfaces: [string, string][] = this.surfaces.map((one) => [one.surface, one.title]);
    return html`<form role="search" aria-label="Filter the board" @submit=${(event: Event) => event.preventDefault()}>
      ${this.words("Creator", "Name or handle", view.creator, (creator) => ({ creator }))}
      ${this.words("Says", "Words of the post", view.text, (text) => ({ text }))}
      ${this.choice("Use", "Any use", uses, view.use ? String(view.use) : "", (value) => ({ use: Number(value || Use.UNSPECIFIED) }))}
      ${this.choice("Surface", "Any surface", surfaces, view.surface, (surface) => ({ surface }))}
      ${this.choice("Asked by", "Anybody", [...this.people, ...BY_ITSELF], view.askedBy, (askedBy) => ({ askedBy }))}
      ${narrowed(view) > 0 ? html`<button type="button" class="all" @click=${() => this.choose(readBoard(new URLSearchParams()))}>Show everything</button>` : nothing}
    </form>`;
  }

  private words(label: string, hint: string, value: string, change: (value: string) => Partial<BoardView>) {
    const changed = (event: Event): void => this.choose(change((event.target as HTMLInputElement).value.trim()));
    return html`<label>${label}<input type="search" placeholder=${hint} autocomplete="off" maxlength="200" .value=${value} @change=${changed} /></label>`;
  }

  /** A choice that the address names and nobody offers any more stays visible: it is what narrows the board. */
  private choice(label: string, any: string, options: [string, string][], value: string, change: (value: string) => Partial<BoardView>) {
    const all = value === "" || options.some(([known]) => known === value) ? options : [...options, [value, value]];
    const chosen = (event: Event): void => this.choose(change((event.target as HTMLSelectElement).value));
    return html`<label>${label}
      <select @change=${chosen}>
        <option value="">${any}</option>
        ${all.map(([known = "", name]) => html`<option value=${known} ?selected=${known === value}>${name}</option>`)}
      </select>
    </label>`;
  }

  static override styles = [
    base,
    controls,
    css`
      form {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr));
        align-items: end;
        gap: var(--space-3);
      }
      label {
        color: var(--ink-faint);
        font-size: var(--text-12);
      }
      .all {
        justify-self: start;
      }
    `,
  ];
}
