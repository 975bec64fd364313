import { arrange, fitting, typicalRatios, type Box, type Layout, type Plan } from "./arrange";
import { Card, putInto } from "./card";
import { make, prefersStillness } from "./dom";
import type { Item } from "./feed";
import { towards } from "./keys";
import { Lightbox } from "./lightbox";
import { FeedReader, type Look } from "./reader";
import { Room } from "./room";
import { settle, stillValid } from "./settle";
import { buildShell, isLayout, measure, setHeading, skeleton, type Shell } from "./shell";
import styles from "./style.css?inline";
import { languageAround, wordsFor, type Words } from "./words";

export type State = "loading" | "full" | "empty" | "failed" | "refused" | "held";

/** After so long without an answer from the feed, nobody knows whether the consents still hold: show nothing. */
const UNCHECKED_MS = 300_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Pictures that fail to load are often withdrawn ones: look again soon, though not once for each of them. */
const BROKEN_LOOK_MS = 500;

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/**
 * `<chorus-gallery src="…/feed.json">`: see docs/feeds.md for attributes, parts and custom properties.
 *
 * Sets no cookie, stores nothing, and asks nobody but the feed and the addresses of its pictures.
 * Fires `chorus-gallery-state` with `{ state, count }` whenever what it shows has changed.
 */
export class ChorusGallery extends HTMLElement {
  static readonly observedAttributes = ["src", "key", "layout", "limit", "columns", "heading", "refresh"];

  #words: Words = wordsFor("en");
  #shell!: Shell;
  #room!: Room;
  #lightbox!: Lightbox;
  #resize!: ResizeObserver;
  #reader: FeedReader | undefined;
  #timer = 0;
  #expiry = 0;
  #checkedAt = 0;

  #state: State = "loading";
  /** Everything that the feed holds, as far as it was read; `#shown` is what the visitor sees of it. */
  #feed: Item[] = [];
  #shown: Item[] = [];
  #cards: Card[] = [];
  #boxes: Box[] = [];
  #want = 0;
  #feedGoesOn = false;
  #reached = 0;
  #width = 0;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    this.#words = wordsFor(languageAround(this));
    this.#build();
    this.#start();
    document.addEventListener("visibilitychange", this.#seenAgain);
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#seenAgain);
    this.#reader?.stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    this.#resize.disconnect();
    this.#room.close();
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || !this.#shell || before === after) return;
    if (name === "heading") return setHeading(this.#shell, this.#text("heading"), this.#words);
    if (name === "refresh") return this.#schedule();
    if (name === "layout" || name === "columns") return this.#layOut(true);
    this.#start();
  }

  /** Looks at the feed now; the gallery does so by itself every `refresh` seconds. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const look = await this.#reader?.look();
    if (look) this.#take(look, false);
  }

  // --- attributes ---

  get #layout(): Layout {
    const name = this.getAttribute("layout");
    return isLayout(name) ? name : "grid";
  }

  #text(name: string): string {
    return this.getAttribute(name)?.trim() ?? "";
  }

  #count(name: string, otherwise: number, least = 1): number {
    const value = Number.parseInt(this.#text(name), 10);
    return Number.isNaN(value) ? otherwise : Math.max(least, value);
  }

  // --- life ---

  #build(): void {
    const shell = buildShell(this.#words);
    this.#shell = shell;
    this.#lightbox = new Lightbox(this.#words, (item) => this.#focusOn(item));
    this.shadowRoot?.append(shell.root, this.#lightbox.element);
    setHeading(shell, this.#text("heading"), this.#words);
    shell.more.addEventListener("click", () => void this.#showMore());
    shell.newer.addEventListener("click", () => this.#bringIn());
    shell.list.addEventListener("keydown", (event) => this.#key(event));
    shell.list.addEventListener("focusin", (event) => this.#focused(event));
    shell.list.addEventListener("scroll", () => this.#markScrollers(), { passive: true });
    shell.back.addEventListener("click", () => this.#scroll(-1));
    shell.forth.addEventListener("click", () => this.#scroll(1));
    this.#room = new Room(shell.stage, shell.foot, () => this.#freed());
    this.#resize = new ResizeObserver(() => this.#resized());
    this.#resize.observe(shell.stage);
  }

  #start(): void {
    this.#reader?.stop();
    this.#want = this.#count("limit", 12);
    this.#feed = [];
    this.#shown = [];
    this.#cards = [];
    this.#checkedAt = Date.now();
    this.#lightbox.follow([]);
    const src = this.#text("src");
    this.#reader = src ? new FeedReader(new URL(src, document.baseURI).href, this.#text("key")) : undefined;
    this.#enter("loading");
    if (this.#reader) void this.refresh();
    else this.#enter("failed");
  }

  #schedule(soon?: number): void {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#reader) return;
    const wait = soon ?? this.#count("refresh", 30, 5) * 1000;
    this.#timer = window.setTimeout(() => void this.refresh(), wait);
  }

  readonly #seenAgain = (): void => {
    if (document.hidden) clearTimeout(this.#timer);
    else void this.refresh();
  };

  // --- what a look found ---

  #take(look: Look, letIn: boolean): void {
    this.#schedule();
    if (look.kind === "held") return this.#enter("held");
    if (look.kind === "refused") return this.#enter("refused");
    if (look.kind === "unreachable") return this.#missed();
    this.#checkedAt = Date.now();
    this.#feed = look.items;
    this.#feedGoesOn = look.more;
    this.#settle(letIn);
  }

  #missed(): void {
    if (this.#state === "loading" || Date.now() - this.#checkedAt > UNCHECKED_MS) this.#enter("failed");
  }

  /** Shows what may be shown of the feed just now; also called by the clock when a consent ends. */
  #settle(letIn: boolean): void {
    const valid = stillValid(this.#feed, Date.now());
    this.#feed = valid.items;
    this.#awaitExpiry(valid.next);
    const before = this.#shown.map((item) => item.id);
    const unseen = this.#state !== "full" || !this.#inSight();
    const { shown, waiting } = settle(before, valid.items, this.#want, letIn || unseen);
    this.#shown = shown;
    this.#offerNewer(waiting);
    this.#enter(shown.length ? "full" : "empty");
    this.#lightbox.follow(shown);
    this.#sayWhatLeft(before, valid.items);
  }

  #awaitExpiry(at: number): void {
    clearTimeout(this.#expiry);
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(0, at - Date.now()), LONGEST_TIMER_MS);
    this.#expiry = window.setTimeout(() => this.#expired(), wait);
  }

  #expired(): void {
    if (this.#state === "full") this.#settle(false);
  }

  #inSight(): boolean {
    const { top, bottom } = this.#shell.stage.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  // --- the states ---

  #enter(state: State): void {
    const changed = state !== this.#state;
    this.#state = state;
    this.#shell.root.dataset["state"] = state;
    this.#shell.stage.setAttribute("aria-busy", String(state === "loading"));
    if (state === "full") this.#showCards();
    else this.#showNone(state);
    this.#layOut(state === "loading");
    if (changed || state === "full") this.#tell(changed);
  }

  #showNone(state: Exclude<State, "full">): void {
    // Pictures leave the document, not only the eye; what the feed said is kept for when it may be shown again.
    this.#cards = [];
    this.#shell.list.replaceChildren(...(state === "loading" ? skeleton(this.#want) : []));
    this.#shell.newer.hidden = true;
    if (state !== "empty" && state !== "loading") this.#lightbox.follow([]);
    this.#showMessage(state);
  }

  #showMessage(state: State): void {
    const { message } = this.#shell;
    message.hidden = state === "full" || state === "loading";
    if (message.hidden) return;
    const text = make("p", {}, this.#words[state as "empty" | "failed" | "refused" | "held"]);
    const inside = state === "empty" ? make("slot", { name: "empty" }, text) : text;
    message.replaceChildren(inside, ...(state === "failed" || state === "refused" ? [this.#retry()] : []));
  }

  #retry(): HTMLButtonElement {
    const button = make("button", { type: "button", class: "retry", part: "retry" }, this.#words.retry);
    button.addEventListener("click", () => this.#start());
    return button;
  }

  #tell(changed: boolean): void {
    if (changed) this.#shell.status.textContent = this.#sentence();
    const detail = { state: this.#state, count: this.#shown.length };
    this.dispatchEvent(new CustomEvent("chorus-gallery-state", { detail, bubbles: true, composed: true }));
  }

  #sentence(): string {
    if (this.#state === "full") return this.#words.shown(this.#shown.length);
    return this.#words[this.#state];
  }

  #sayWhatLeft(before: string[], feed: readonly Item[]): void {
    const left = before.filter((id) => !feed.some((item) => item.id === id)).length;
    if (left && this.#state === "full") this.#shell.status.textContent = this.#words.left(left);
  }

  // --- pictures ---

  #showCards(): void {
    this.#shell.message.hidden = true;
    const old = new Map(this.#cards.map((card) => [JSON.stringify(card.item), card]));
    const lost = this.#cards.findIndex((card) => card.element.contains(this.shadowRoot?.activeElement ?? null));
    this.#cards = this.#shown.map((item) => old.get(JSON.stringify(item)) ?? this.#card(item));
    this.#shell.list.toggleAttribute("data-glide", old.size > 0);
    replaceInPlace(this.#shell.list, this.#cards.map((card) => card.element));
    this.#reach(Math.min(this.#reached, this.#cards.length - 1));
    if (lost >= 0 && !this.shadowRoot?.activeElement) this.#cards[Math.min(lost, this.#cards.length - 1)]?.opener.focus();
  }

  #card(item: Item): Card {
    return new Card(item, this.#words, {
      open: (opened) => this.#lightbox.open(this.#shown, opened),
      broken: () => this.#schedule(BROKEN_LOOK_MS),
    });
  }

  /** `afresh`: the width or the layout is new, so the room is taken anew too. */
  #layOut(afresh: boolean): void {
    const { list, root } = this.#shell;
    root.dataset["layout"] = this.#layout;
    const measures = measure(this.#shell, this.#count("columns", 4));
    this.#width = measures.width;
    const plan = arrange(this.#layout, this.#ratios(), measures);
    this.#boxes = plan.boxes;
    list.style.setProperty("--caption", `${measures.caption}px`);
    if (afresh) this.#room.take(this.#state === "loading" ? this.#reserved(plan) : plan.height);
    else this.#room.ease(plan.height);
    for (const [index, card] of this.#cards.entries()) card.place(plan.boxes[index] as Box, measures.caption);
    if (this.#state === "loading") placeSkeleton(list, plan);
    this.#hideWhatDoesNotFit(plan);
    this.#markScrollers();
  }

  #ratios(): number[] {
    if (this.#state === "loading") return typicalRatios(this.#want);
    return this.#cards.map(({ item: { photos } }) => (photos[0] ? photos[0].width / photos[0].height : 1));
  }

  /** A page may name the room itself with `min-block-size`, and so reserve it before this script has come. */
  #reserved(plan: Plan): number {
    const named = Number.parseFloat(getComputedStyle(this).minBlockSize) || 0;
    const others = this.#shell.root.offsetHeight - this.#shell.stage.offsetHeight;
    return named > others ? named - others : plan.height;
  }

  /** While the end is in sight the page must not be pushed down: what does not fit waits behind "Show more". */
  #hideWhatDoesNotFit(plan: Plan): void {
    const room = this.#layout === "carousel" ? Number.POSITIVE_INFINITY : this.#room.height;
    const fits = fitting(plan, room);
    this.#cards.forEach((card, index) => (card.element.hidden = index >= fits));
    if (this.#reached >= fits) this.#reach(fits - 1);
    const waiting = fits < this.#cards.length || this.#shown.length < this.#feed.length || this.#feedGoesOn;
    this.#shell.more.hidden = this.#state !== "full" || !waiting;
  }

  #freed(): void {
    if (this.#state !== "loading") this.#layOut(false);
  }

  #resized(): void {
    if (this.#shell.stage.clientWidth === this.#width) return;
    this.#shell.list.removeAttribute("data-glide");
    this.#layOut(true);
  }

  // --- what the visitor asks for ---

  async #showMore(): Promise<void> {
    const first = this.#cards.findIndex((card) => card.element.hidden);
    const seen = first < 0 ? this.#cards.length : first;
    this.#want = seen + this.#count("limit", 12);
    if (this.#feed.length < this.#want && this.#feedGoesOn) {
      this.#shell.more.setAttribute("aria-busy", "true");
      const look = await this.#reader?.more();
      this.#shell.more.removeAttribute("aria-busy");
      if (look) this.#take(look, false);
    } else this.#settle(false);
    this.#layOut(true);
    this.#focusOn(this.#shown[seen]);
  }

  #offerNewer(waiting: number): void {
    this.#shell.newer.hidden = waiting === 0;
    this.#shell.newer.textContent = this.#words.newer(waiting);
  }

  #bringIn(): void {
    this.#settle(true);
    this.#focusOn(this.#shown[0]);
  }

  #focusOn(item: Item | undefined): void {
    this.#cards.find((card) => card.item.id === item?.id)?.opener.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const seen = this.#boxes.filter((_, index) => !this.#cards[index]?.element.hidden);
    const rtl = getComputedStyle(this).direction === "rtl";
    const to = towards(event.key, this.#reached, seen, rtl);
    if (to === undefined) return;
    event.preventDefault();
    this.#cards[to]?.opener.focus();
  }

  #focused(event: FocusEvent): void {
    const index = this.#cards.findIndex((card) => card.element.contains(event.target as Node));
    if (index >= 0) this.#reach(index);
  }

  #reach(index: number): void {
    this.#reached = Math.max(0, index);
    this.#cards.forEach((card, at) => card.reach(at === this.#reached));
  }

  #scroll(direction: 1 | -1): void {
    const { list } = this.#shell;
    const forward = getComputedStyle(this).direction === "rtl" ? -direction : direction;
    list.scrollBy({ left: forward * list.clientWidth * 0.85, behavior: prefersStillness() ? "auto" : "smooth" });
  }

  #markScrollers(): void {
    const { list, back, forth } = this.#shell;
    const beyond = list.scrollWidth - list.clientWidth;
    const at = Math.abs(list.scrollLeft);
    const scrolls = this.#layout === "carousel" && this.#state === "full" && beyond > 1;
    back.hidden = !scrolls || at < 1;
    forth.hidden = !scrolls || at > beyond - 1;
  }
}

function placeSkeleton(list: HTMLElement, plan: Plan): void {
  for (const [index, child] of [...list.children].entries()) putInto(child as HTMLElement, plan.boxes[index] as Box);
}

/** Puts children in order without moving those that are in place, so that focus and loaded pictures survive. */
function replaceInPlace(parent: HTMLElement, children: HTMLElement[]): void {
  const wanted = new Set<Element>(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}
