import { credit, quote, sourceLink } from "./card";
import { icon, make, prefersStillness } from "./dom";
import type { Item, Photo } from "./feed";
import { photoView } from "./photo";
import type { Words } from "./words";

interface Slide {
  item: Item;
  photo: Photo | undefined;
}

const SWIPE_PX = 48;

/** One picture at a time, as large as the window. A modal <dialog>: the browser itself keeps the focus inside. */
export class Lightbox {
  readonly element: HTMLDialogElement;
  readonly #stage = make("div", { class: "slide" });
  readonly #caption = make("div", { class: "slide-caption", part: "lightbox-caption" });
  readonly #position = make("p", { class: "position", role: "status" });
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  #slides: Slide[] = [];
  #index = 0;

  /** `closed` is told which item was last in view, so that the focus can go back to it. */
  constructor(
    readonly words: Words,
    closed: (item: Item | undefined) => void,
  ) {
    const close = this.#button("close", words.close, () => this.element.close());
    this.#previous = this.#button("previous", words.previous, () => this.#step(-1));
    this.#next = this.#button("next", words.next, () => this.#step(1));
    const bar = make("div", { class: "slide-bar" }, this.#position, close);
    const parts = [bar, this.#previous, this.#stage, this.#next, this.#caption];
    this.element = make("dialog", { part: "lightbox", "aria-label": words.gallery }, ...parts);
    this.element.addEventListener("close", () => closed(this.#slides[this.#index]?.item));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#clickedBeside(event));
    // The page behind must not scroll away under an open picture.
    this.element.addEventListener("wheel", (event) => this.#keepStill(event), { passive: false });
    this.#listenForSwipes();
  }

  open(items: readonly Item[], item: Item): void {
    this.#slides = slidesOf(items);
    this.#show(this.#slides.findIndex((slide) => slide.item.id === item.id));
    this.element.showModal();
  }

  /** Follows the gallery: a picture that was withdrawn gives way to its neighbour, the last one to the page. */
  follow(items: readonly Item[]): void {
    if (!this.element.open) return;
    const current = this.#slides[this.#index];
    this.#slides = slidesOf(items);
    if (!this.#slides.length) return this.element.close();
    const same = this.#slides.findIndex((slide) => isSame(slide, current));
    if (same < 0) this.#show(Math.min(this.#index, this.#slides.length - 1));
    else if (JSON.stringify(this.#slides[same]) === JSON.stringify(current)) this.#mark(same);
    else this.#show(same);
  }

  #show(index: number): void {
    const slide = this.#slides[index];
    if (!slide) return;
    this.#stage.replaceChildren(this.#content(slide));
    const text = slide.item.text ? [make("p", { dir: "auto" }, slide.item.text)] : [];
    if (slide.item.language) text[0]?.setAttribute("lang", slide.item.language);
    const link = sourceLink(slide.item, this.words);
    link?.prepend(this.words.seeOriginal);
    this.#caption.replaceChildren(...(slide.photo ? text : []), this.#foot(slide.item, link));
    this.#mark(index);
  }

  #foot(item: Item, link: HTMLAnchorElement | undefined): HTMLElement {
    return make("div", { class: "slide-foot" }, credit(item), ...(link ? [link] : []), ...this.#mine(item));
  }

  /** For whoever finds their own picture here: quiet, and within reach of every one. */
  #mine(item: Item): HTMLElement[] {
    if (!item.mine) return [];
    const attributes = { class: "mine", part: "mine", href: item.mine, target: "_blank", rel: "noopener" };
    return [make("a", attributes, this.words.mine)];
  }

  #content(slide: Slide): HTMLElement {
    if (!slide.photo) return quote(slide.item);
    const view = photoView(slide.photo, { lazy: false, broken: () => undefined });
    view.element.setAttribute("part", "lightbox-image");
    view.element.style.setProperty("--ratio", String(slide.photo.width / slide.photo.height));
    view.drawnAt(Math.min(innerWidth, (innerHeight * slide.photo.width) / slide.photo.height));
    return view.element;
  }

  #mark(index: number): void {
    this.#index = index;
    this.#position.textContent = this.words.position(index + 1, this.#slides.length);
    // Not `disabled`: a button that switches itself off under the finger would lose the focus to nowhere.
    this.#previous.setAttribute("aria-disabled", String(index === 0));
    this.#next.setAttribute("aria-disabled", String(index === this.#slides.length - 1));
  }

  #step(by: number): void {
    const index = this.#index + by;
    if (index >= 0 && index < this.#slides.length) this.#show(index);
  }

  #key(event: KeyboardEvent): void {
    const forward = getComputedStyle(this.element).direction === "rtl" ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      Home: -this.#index,
      End: this.#slides.length - 1 - this.#index,
    };
    const by = steps[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#step(by);
  }

  #clickedBeside(event: Event): void {
    if (event.target === this.element || event.target === this.#stage) this.element.close();
  }

  #keepStill(event: WheelEvent): void {
    if (!event.composedPath().includes(this.#caption)) event.preventDefault();
  }

  #listenForSwipes(): void {
    let start: number | undefined;
    this.#stage.addEventListener("pointerdown", (event) => {
      start = event.pointerType === "mouse" ? undefined : event.clientX;
    });
    this.#stage.addEventListener("pointermove", (event) => {
      if (start !== undefined && !prefersStillness()) this.#drag(event.clientX - start);
    });
    this.#stage.addEventListener("pointercancel", () => {
      start = undefined;
      this.#drag(0);
    });
    this.#stage.addEventListener("pointerup", (event) => {
      const distance = start === undefined ? 0 : event.clientX - start;
      start = undefined;
      this.#drag(0);
      const rtl = getComputedStyle(this.element).direction === "rtl";
      if (Math.abs(distance) >= SWIPE_PX) this.#step(distance < 0 !== rtl ? 1 : -1);
    });
  }

  #drag(distance: number): void {
    this.#stage.style.translate = distance ? `${distance}px` : "";
  }

  #button(name: "close" | "previous" | "next", label: string, act: () => void): HTMLButtonElement {
    const button = make("button", { type: "button", class: `control ${name}`, part: name, "aria-label": label });
    button.append(icon(name));
    button.addEventListener("click", act);
    return button;
  }
}

/** Every picture of every post in turn; a post of words is one slide. */
function slidesOf(items: readonly Item[]): Slide[] {
  return items.flatMap((item): Slide[] =>
    item.photos.length ? item.photos.map((photo) => ({ item, photo })) : [{ item, photo: undefined }],
  );
}

function isSame(slide: Slide, other: Slide | undefined): boolean {
  return slide.item.id === other?.item.id && slide.photo?.id === other.photo?.id;
}
