import type { Box } from "./arrange";
import { icon, make } from "./dom";
import type { Item } from "./feed";
import { coveringWidth, photoView, type PhotoView } from "./photo";
import type { Words } from "./words";

export interface CardEvents {
  open: (item: Item) => void;
  broken: () => void;
}

/** One post in the gallery: its first picture (or its words), its credit, and the way to its source. */
export class Card {
  readonly element: HTMLLIElement;
  readonly opener: HTMLButtonElement;
  readonly #source: HTMLAnchorElement | undefined;
  readonly #view: PhotoView | undefined;

  constructor(
    readonly item: Item,
    words: Words,
    events: CardEvents,
  ) {
    const [photo] = item.photos;
    this.#view = photo && photoView(photo, { lazy: true, broken: events.broken });
    this.opener = make("button", { type: "button", class: "open", part: "open", "aria-haspopup": "dialog" });
    this.opener.setAttribute("aria-label", words.open(photo?.alt || item.text || words.by(item.author || item.credit)));
    this.opener.append(this.#view?.element ?? quote(item), ...manyMark(item, words));
    this.opener.addEventListener("click", () => events.open(item));
    this.#source = sourceLink(item, words);
    const caption = make("figcaption", { part: "caption" }, credit(item), ...(this.#source ? [this.#source] : []));
    this.element = make("li", { class: "item", part: "item" }, make("figure", {}, this.opener, caption));
    this.reach(false);
  }

  place(box: Box, caption: number): void {
    putInto(this.element, box);
    const [photo] = this.item.photos;
    if (photo) this.#view?.drawnAt(coveringWidth(photo, box.width, box.height - caption));
  }

  /** One card at a time is a tab stop; the arrow keys move which one. */
  reach(reachable: boolean): void {
    this.opener.tabIndex = reachable ? 0 : -1;
    if (this.#source) this.#source.tabIndex = reachable ? 0 : -1;
  }
}

/** The style sheet turns the four lengths into size and place. */
export function putInto(element: HTMLElement, box: Box): void {
  const lengths = { x: box.x, y: box.y, w: box.width, h: box.height };
  for (const [name, length] of Object.entries(lengths)) element.style.setProperty(`--${name}`, `${length}px`);
}

export function credit(item: Item): HTMLElement {
  return make("span", { class: "credit", part: "credit", title: item.credit, dir: "auto" }, item.credit);
}

/** The link to the post where its creator put it, or undefined where it lives nowhere else. */
export function sourceLink(item: Item, words: Words): HTMLAnchorElement | undefined {
  if (!item.link) return undefined;
  const where = new URL(item.link).hostname.replace(/^www\./, "");
  const label = words.original(item.author || item.credit, where);
  const attributes = { class: "source", part: "source", href: item.link, target: "_blank", rel: "noopener ugc" };
  return make("a", { ...attributes, "aria-label": label, title: label }, icon("source"));
}

/** The creator's own words, in place of a picture where there is none. */
export function quote(item: Item): HTMLElement {
  return make("span", { class: "quote", part: "quote", dir: "auto", lang: item.language || undefined }, item.text);
}

function manyMark(item: Item, words: Words): HTMLElement[] {
  if (item.photos.length < 2) return [];
  return [make("span", { class: "several", title: words.photos(item.photos.length) }, icon("several"))];
}
