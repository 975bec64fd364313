import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Route } from "../app/router.js";
import "../post/page.js";
import "../queue/page.js";
import "../rights/page.js";
import "../sources/page.js";
import "../surfaces/page.js";

/** The screen that an address names; another brand is another screen, with nothing left of the one before. */
export function pageOf(route: Route): TemplateResult {
  return html`${keyed(`${route.brand}/${route.page}/${route.id}`, screen(route))}`;
}

function screen({ brand, page, id }: Route): TemplateResult {
  switch (page) {
    case "posts":
      return html`<c-post-page .brand=${brand} .id=${id}></c-post-page>`;
    case "rights":
      return html`<c-rights .brand=${brand}></c-rights>`;
    case "surfaces":
      return html`<c-surfaces .brand=${brand}></c-surfaces>`;
    case "sources":
      return html`<c-sources .brand=${brand}></c-sources>`;
    default:
      return html`<c-queue .brand=${brand}></c-queue>`;
  }
}
