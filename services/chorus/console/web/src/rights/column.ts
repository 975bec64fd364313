import { BellOff, MessageCircleHeart } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Card, type CardFilter, Column, GrantState } from "../api/chorus/api/rights/v1/rights_pb.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { count, handleOf, nameOf, scopeInWords } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import "../ui/time.js";
import { often, wanted } from "./claim-words.js";
import { clock } from "./clock.js";
import { attestedBadge, type BoardColumnKind, TO_ASK } from "./columns.js";
import { byStanding } from "./words.js";

const PAGE = 25;

/** How the last thing ended; a post that is gone ended its question, too. */
function ended(card: Card): string {
  const how: Partial<Record<GrantState, string>> = { [GrantState.REVOKED]: "Taken back", [GrantState.EXPIRED]: "Run out", [GrantState.ENDED]: "Ended by the brand" };
  return (card.grant && how[card.grant.state]) ?? "Gone at its source";
}

/** One column of the board. Sends `open-card`, `ask` and `pick` with the card. */
@customElement("c-column")
export class BoardColumn extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) kind: BoardColumnKind = TO_ASK;
  @property({ attribute: false }) filter?: CardFilter;
  /** True where the filter leaves something out. */
  @property({ type: Boolean }) narrow = false;
  @property({ attribute: false }) amount?: bigint;
  @property({ type: Boolean }) mayAct = false;
  /** The ids of the cards that are selected. */
  @property({ attribute: false }) picked: ReadonlySet<string> = new Set();
  @state() private size = PAGE;
  private readonly read = new Load<{ cards: Card[]; more: boolean }>(this, () => this.find());

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("filter")) {
      this.size = PAGE;
      void this.read.again();
    }
  }

  refresh(): void {
    void this.read.again({ keep: true });
  }

  /** The cards that are shown, from the top. */
  get cards(): Card[] {
    return this.read.now.value?.cards ?? [];
  }

  /** Gives the keyboard to a card, the nearest where there are not so many; false where there is none. */
  focusCard(position: number): boolean {
    const all = this.renderRoot.querySelectorAll<HTMLElement>("button.open");
    const card = all[Math.min(Math.max(position, 0), all.length - 1)];
    card?.focus();
    return card !== undefined;
  }

  /** Which card has the keyboard, by its position; -1 where none does. */
  get at(): number {
    return [...this.renderRoot.querySelectorAll("article")].findIndex((card) => card.contains(this.shadowRoot?.activeElement ?? null));
  }

  private async find(): Promise<{ cards: Card[]; more: boolean }> {
    let cards: Card[] = [];
    let pageToken = "";
    do {
      const page = await house().rights.listCards({ brand: this.brand, column: this.kind.column, filter: this.filter, pageSize: PAGE, pageToken });
      cards = [...cards, ...page.cards];
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && cards.length < this.size);
    return { cards, more: pageToken !== "" };
  }

  private more(): void {
    this.size += PAGE;
    this.refresh();
  }

  private tell(name: string, card: Card): void {
    this.dispatchEvent(new CustomEvent(name, { detail: card }));
  }

  override render() {
    const { label, sign, tone } = this.kind;
    return html`<section aria-label=${label}>
      <header><h2>${icon(sign)}${label}</h2>${this.amount === undefined ? nothing : html`<span class=${`badge ${this.amount > 0n ? tone : ""}`} aria-label=${count(this.amount, "card")}>${this.amount.toLocaleString()}</span>`}</header>
      <div class="cards">${this.body()}</div>
    </section>`;
  }

  private body() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return skeletons(2);
    }
    const { cards, more } = now.value;
    return html`${cards.length === 0 ? html`<p class="faint">${this.narrow ? "Nothing here fits the filter." : this.kind.empty}</p>` : cards.map((card) => this.card(card))}
      ${more ? html`<button class="quiet" @click=${() => this.more()}>Show more</button>` : nothing}`;
  }

  private card(card: Card) {
    const asked = card.grant?.scope ?? card.request?.scope;
    const toAsk = this.kind.column === Column.TO_ASK && this.mayAct && !card.barred;
    return html`<article ?data-picked=${this.picked.has(card.post)}>
      <button class="open" @click=${() => this.tell("open-card", card)}>
        ${card.media[0] ? html`<c-picture decorative sizes="280px" .media=${card.media[0]} .brand=${this.brand}></c-picture>` : html`<span class="quote">${card.text}</span>`}
        <span class="about">
          <strong class="cut">${nameOf(card.account)}</strong>
          <span class="faint cut">${handleOf(card.account)}</span>
          ${card.claim ? html`<span class="row">${card.claim.kinds.map((kind) => html`<span class="badge">${wanted(kind)}</span>`)}${often(card.claim) ? html`<span class="faint">${often(card.claim)}</span>` : nothing}</span>` : nothing}
          ${asked ? html`<span class="what">${scopeInWords(asked)}</span>` : nothing}
          ${card.attested ? html`<span>${attestedBadge(card.attested)}</span><span class="what">The brand says: ${card.attested}</span>` : nothing}
          ${byStanding(card.grant) ? html`<span class="what">${byStanding(card.grant)}</span>` : nothing}
          ${this.kind.column === Column.ENDED ? html`<span><span class="badge">${ended(card)}</span></span>` : nothing}
          ${card.request?.saidYesAt && this.kind.column === Column.ASKED ? html`<span><span class="badge ok">${icon(MessageCircleHeart)}Said yes in public: send the link</span></span>` : nothing}
          <span class="faint">${clock(card)}</span>
          ${card.barred && this.kind.column === Column.TO_ASK ? html`<span class="barred">${icon(BellOff)}<span>${card.barred.message}</span></span>` : nothing}
        </span>
      </button>
      ${toAsk ? this.asking(card) : nothing}
    </article>`;
  }

  private asking(card: Card) {
    const name = nameOf(card.account);
    return html`<div class="acts">
      <button class="ask" @click=${() => this.tell("ask", card)}>Ask <span class="cut whom">${name}</span></button>
      <label class="tick" title="Select (X)"><span class="sr">Select the post of ${name}</span><input type="checkbox" .checked=${this.picked.has(card.post)} @change=${() => this.tell("pick", card)} /></label>
    </div>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    css`
      section {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        block-size: 100%;
        border-radius: var(--radius);
        background: var(--sunken);
      }
      header {
        display: flex;
        justify-content: space-between;
        align-items: center;
        padding: var(--space-3) var(--space-3) var(--space-2);
      }
      .cards {
        display: grid;
        grid-auto-rows: max-content;
        align-content: start;
        gap: var(--space-2);
        padding: var(--space-1) var(--space-2) var(--space-2);
        overflow-y: auto;
      }
      .cards > .faint {
        padding: var(--space-2) var(--space-1);
      }
      article {
        display: grid;
        container-type: inline-size;
        grid-template-columns: minmax(0, 1fr);
        border-radius: var(--radius);
        background: var(--surface);
        box-shadow: var(--shadow);
        overflow: hidden;
      }
      .open {
        display: block;
        min-inline-size: 0;
        padding: 0;
        border: 0;
        border-radius: inherit;
        text-align: start;
        white-space: normal;
        font-weight: var(--weight);
        overflow: hidden;
      }
      .open:focus-visible {
        outline-offset: -3px;
      }
      c-picture {
        block-size: 7.5rem;
      }
      .quote {
        display: block;
        max-block-size: 6rem;
        padding: var(--space-3);
        overflow: hidden;
        color: var(--ink-soft);
      }
      .about {
        display: grid;
        padding: var(--space-2) var(--space-3) var(--space-3);
        line-height: 1.4;
      }
      .what {
        margin-block: var(--space-1);
        font-size: var(--text-12);
        color: var(--ink-soft);
      }
      h2 {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      .badge {
        white-space: normal;
      }
      .barred {
        display: flex;
        gap: var(--space-2);
        margin-block-start: var(--space-1);
        color: var(--warn);
        font-size: var(--text-12);
      }
      article[data-picked] {
        outline: 2px solid var(--accent);
        outline-offset: -2px;
      }
      .acts {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        padding: 0 var(--space-3) var(--space-3);
      }
      .acts .ask {
        flex: 1;
        min-inline-size: 0;
        gap: 0.3em;
      }
      /* Beside other columns there is room for a few letters of a name, which stands above it anyway. */
      @container (inline-size < 14rem) {
        .acts .whom {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          clip-path: inset(50%);
        }
      }
      .acts .tick {
        justify-content: center;
        min-inline-size: 2.25rem;
      }
      .state {
        padding: var(--space-4);
      }
    `,
  ];
}
