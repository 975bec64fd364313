import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Card, Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { handleOf, nameOf, scopeInWords } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import "../ui/time.js";
import { clock } from "./clock.js";

const PAGE = 25;

/** One column of the board. Sends `open-card` and `ask` with the card. */
@customElement("c-column")
export class BoardColumn extends LitElement {
  @property() brand = "";
  @property({ type: Number }) column: Column = Column.TO_ASK;
  @property() label = "";
  @property() tone = "";
  @property() nobody = "";
  @property({ attribute: false }) amount?: bigint;
  @state() private size = PAGE;
  private readonly read = new Load<{ cards: Card[]; more: boolean }>(this, () => this.cards());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  refresh(): void {
    void this.read.again({ keep: true });
  }

  private async cards(): Promise<{ cards: Card[]; more: boolean }> {
    let cards: Card[] = [];
    let pageToken = "";
    do {
      const page = await house().rights.listCards({ brand: this.brand, column: this.column, pageSize: PAGE, pageToken });
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
    return html`<section aria-label=${this.label}>
      <header><h2>${this.label}</h2>${this.amount === undefined ? nothing : html`<span class=${`badge ${this.amount > 0n ? this.tone : ""}`}>${this.amount.toLocaleString()}</span>`}</header>
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
    return html`${cards.length === 0 ? html`<p class="faint">${this.nobody}</p>` : cards.map((card) => this.card(card))}
      ${more ? html`<button class="quiet" @click=${() => this.more()}>Show more</button>` : nothing}`;
  }

  private card(card: Card) {
    const asked = card.grant?.scope ?? card.request?.scope;
    return html`<article>
      <button class="open" @click=${() => this.tell("open-card", card)}>
        ${card.media[0] ? html`<c-picture decorative sizes="280px" .media=${card.media[0]} .brand=${this.brand}></c-picture>` : html`<span class="quote">${card.text}</span>`}
        <span class="about">
          <strong class="cut">${nameOf(card.account)}</strong>
          <span class="faint cut">${handleOf(card.account)}</span>
          ${asked ? html`<span class="what">${scopeInWords(asked)}</span>` : nothing}
          <span class="faint">${clock(card)}</span>
        </span>
      </button>
      ${this.column === Column.TO_ASK ? html`<button class="ask" @click=${() => this.tell("ask", card)}>Ask ${nameOf(card.account)}</button>` : nothing}
    </article>`;
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
      .ask {
        margin: 0 var(--space-3) var(--space-3);
      }
      .state {
        padding: var(--space-4);
      }
    `,
  ];
}
