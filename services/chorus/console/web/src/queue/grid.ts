import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualizerOptions } from "@tanstack/virtual-core";
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { badges, base, controls } from "../ui/base.js";
import { states } from "../ui/states.js";
import { card, cardStyles } from "./card.js";
import type { Deck } from "./deck.js";

const GAP = 12;
const CAPTION = 62;
/** Below this width a card is its picture alone. */
const WITH_CAPTION = 150;

interface Placed {
  post: QueuedPost;
  position: number;
  column: number;
  /** Pixels from the top of all rows. */
  start: number;
}

/**
 * The pictures, as many across as fit; only the rows near the window are in the page, however long the queue is.
 * A post keeps its element wherever it moves to: a decision moves them all, and must not show every picture anew.
 */
@customElement("c-grid")
export class Grid extends LitElement {
  @property({ attribute: false }) deck!: Deck;
  @property({ attribute: false }) rights: ReadonlyMap<string, PostRights> = new Map();
  @property() brand = "";
  /** The width that a card should have, in pixels. */
  @property({ type: Number }) cell = 220;
  /** Counts the deck's changes: the deck itself is one object for ever. */
  @property({ type: Number }) version = 0;
  @property({ type: Boolean }) waiting = false;
  @state() private across = 2;
  private rows?: Virtualizer<HTMLElement, HTMLElement>;
  private letGo = (): void => {};
  private readonly watch = new ResizeObserver(() => this.measure());
  private shownAt = "";

  /** How many cards are in a row: what one step down means. */
  get columns(): number {
    return this.across;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watch.disconnect();
    this.letGo();
    this.rows = undefined;
  }

  private measure(): void {
    const inside = this.clientWidth - 2 * GAP;
    this.across = Math.max(2, Math.floor((inside + GAP) / (this.cell + GAP)));
    this.requestUpdate();
  }

  private get width(): number {
    return (this.clientWidth - GAP * (this.across + 1)) / this.across;
  }

  private get height(): number {
    return this.width + (this.width >= WITH_CAPTION ? CAPTION : 0) + GAP;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("cell")) {
      this.measure();
    }
    this.arrange();
  }

  private arrange(): void {
    const options: VirtualizerOptions<HTMLElement, HTMLElement> = {
      count: Math.ceil(this.deck.posts.length / this.across),
      getScrollElement: () => this as HTMLElement,
      estimateSize: () => this.height,
      overscan: 3,
      paddingStart: GAP,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.requestUpdate(),
    };
    if (this.rows) {
      const resized = this.rows.options.estimateSize(0) !== this.height;
      this.rows.setOptions(options);
      if (resized) {
        this.rows.measure();
      }
    } else {
      this.rows = new Virtualizer<HTMLElement, HTMLElement>(options);
      this.letGo = this.rows._didMount();
    }
    this.rows._willUpdate();
  }

  override updated(): void {
    if (this.shownAt !== this.deck.at) {
      this.shownAt = this.deck.at;
      this.rows?.scrollToIndex(Math.floor(Math.max(this.deck.index, 0) / this.across), { align: "auto" });
    }
    const last = this.rows?.getVirtualItems().at(-1)?.index ?? 0;
    if (this.deck.posts.length > 0 && (last + 3) * this.across >= this.deck.posts.length) {
      this.dispatchEvent(new Event("near-end"));
    }
  }

  /** Gives the post in focus the keyboard as well. */
  async focusCard(): Promise<void> {
    await this.updateComplete;
    await new Promise(requestAnimationFrame);
    this.renderRoot.querySelector<HTMLElement>(`[data-post="${CSS.escape(this.deck.at)}"] .open`)?.focus({ preventScroll: true });
  }

  override render() {
    return html`<div class="all" role="list" aria-label="Posts" .style=${`block-size:${this.rows?.getTotalSize() ?? 0}px`}>
      ${repeat(this.placed(), ({ post }) => post.post, (placed) => this.card(placed))}
    </div>
    ${this.waiting ? html`<p class="faint more">Reading more…</p>` : ""}`;
  }

  private placed(): Placed[] {
    return (this.rows?.getVirtualItems() ?? []).flatMap(({ index, start }) => {
      const from = index * this.across;
      return this.deck.posts.slice(from, from + this.across).map((post, column) => ({ post, position: from + column, column, start }));
    });
  }

  private card({ post, position, column, start }: Placed) {
    return card({
      post,
      brand: this.brand,
      position,
      place: `inset-block-start:${start}px;inset-inline-start:${GAP + column * (this.width + GAP)}px;inline-size:${this.width}px`,
      focused: post.post === this.deck.at,
      selected: this.deck.selected.has(post.post),
      width: this.width,
      caption: this.width >= WITH_CAPTION,
      rights: this.rights.get(post.post),
      tell: (name, event) => this.tell(name, post.post, event),
    });
  }

  private tell(name: string, post: string, event?: MouseEvent): void {
    this.dispatchEvent(new CustomEvent(name, { detail: { post, shift: event?.shiftKey ?? false } }));
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    cardStyles,
    css`
      :host {
        display: block;
        overflow-y: auto;
        scrollbar-gutter: stable;
        overscroll-behavior: contain;
      }
      .all {
        position: relative;
      }
      .more {
        padding: var(--space-4);
        text-align: center;
      }
    `,
  ];
}
