import type { Layout, Measures } from "./arrange";
import { icon, make } from "./dom";
import type { Words } from "./words";

/** The fixed parts of the element, made once; everything else comes and goes inside them. */
export interface Shell {
  root: HTMLElement;
  heading: HTMLElement;
  stage: HTMLElement;
  list: HTMLUListElement;
  probe: HTMLElement;
  message: HTMLElement;
  newer: HTMLButtonElement;
  more: HTMLButtonElement;
  back: HTMLButtonElement;
  forth: HTMLButtonElement;
  foot: HTMLElement;
  /** Read out by screen readers, seen by nobody. */
  status: HTMLElement;
}

export function buildShell(words: Words): Shell {
  const heading = make("h2", { part: "heading", id: "heading", hidden: true });
  const list = make("ul", { part: "list", role: "list" });
  const probe = make("i", { class: "probe", "aria-hidden": "true" });
  const message = make("div", { class: "message", part: "message", hidden: true });
  const newer = make("button", { type: "button", class: "newer", part: "new", hidden: true });
  const more = make("button", { type: "button", class: "more", part: "more", hidden: true }, words.more);
  const back = scroller("previous", words.previous);
  const forth = scroller("next", words.next);
  const stage = make("div", { class: "stage" }, list, back, forth, newer, message, probe);
  const foot = make("div", { class: "foot" }, more);
  const status = make("p", { class: "status", role: "status" });
  const root = make("section", { class: "gallery", part: "gallery", "aria-label": words.gallery });
  root.append(heading, stage, foot, status);
  return { root, heading, stage, list, probe, message, newer, more, back, forth, foot, status };
}

function scroller(name: "previous" | "next", label: string): HTMLButtonElement {
  const button = make("button", { type: "button", class: `control scroller ${name}`, part: name, hidden: true });
  button.setAttribute("aria-label", label);
  button.append(icon(name));
  return button;
}

export function setHeading(shell: Shell, text: string, words: Words): void {
  shell.heading.hidden = !text;
  shell.heading.textContent = text;
  shell.root.setAttribute("aria-label", text || words.gallery);
}

/** Reads the page's custom properties as pixels, from an unseen element that wears them as sizes. */
export function measure(shell: Shell, columns: number): Measures {
  const probe = getComputedStyle(shell.probe);
  const pixels = (value: string) => Number.parseFloat(value) || 0;
  return {
    width: shell.stage.clientWidth,
    gap: pixels(probe.marginLeft),
    cell: pixels(probe.width),
    row: pixels(probe.height),
    caption: pixels(probe.marginTop),
    ratio: pixels(probe.getPropertyValue("--chorus-gallery-ratio")) || 1,
    columns,
    rtl: probe.direction === "rtl",
  };
}

/** Grey shapes in the places of the pictures to come. */
export function skeleton(count: number): HTMLLIElement[] {
  return Array.from({ length: count }, () => make("li", { class: "item skeleton", "aria-hidden": "true" }));
}

export function isLayout(name: string | null): name is Layout {
  return name === "grid" || name === "masonry" || name === "carousel" || name === "wall";
}
