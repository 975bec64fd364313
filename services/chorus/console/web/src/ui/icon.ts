import { createElement, type IconNode } from "lucide";
import { html, type TemplateResult } from "lit";

/** One picture sign beside a word; it says nothing by itself to a screen reader. */
class Icon extends HTMLElement {
  set of(node: IconNode) {
    const drawn = createElement(node, { width: "1em", height: "1em", "aria-hidden": "true", "stroke-width": "1.75" });
    drawn.style.cssText = "display:block;font-size:1.15em;flex:none";
    this.replaceChildren(drawn);
  }
}

customElements.define("c-icon", Icon);

export const icon = (node: IconNode): TemplateResult => html`<c-icon .of=${node}></c-icon>`;
