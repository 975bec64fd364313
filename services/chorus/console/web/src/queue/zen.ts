import { X } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { byline, text, wordStyles } from "../post/words.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/picture.js";
import { actions } from "./actions.js";

/** One post and nothing else. The queue's keys go on working; Z or Esc leaves. */
@customElement("c-zen")
export class Zen extends LitElement {
  @property({ attribute: false }) post!: QueuedPost;
  @property() brand = "";
  @property({ type: Number }) left = 0;
  @property({ type: Boolean }) mayAct = false;

  override render() {
    const { post } = this;
    const media = post.media[0];
    return html`<section aria-label="One post at a time">
      <header class="row spread">
        <span class="faint">${this.left} here</span>
        <button class="quiet" @click=${() => this.dispatchEvent(new Event("leave"))}>${icon(X)}Leave<kbd aria-hidden="true">Z</kbd></button>
      </header>
      ${media ? html`<c-picture fit="contain" sizes="100vw" .media=${media} .brand=${this.brand}></c-picture>` : html`<div></div>`}
      <footer>
        <div class="words" aria-live="polite">${byline(post)}${text(post)}</div>
        ${this.mayAct ? html`<div class="row">${actions(["approve", "reject", "escalate", "ask", "collect"], (name) => this.dispatchEvent(new CustomEvent("action", { detail: name })))}</div>` : nothing}
      </footer>
    </section>`;
  }

  static override styles = [
    base,
    controls,
    wordStyles,
    css`
      :host {
        position: fixed;
        inset: 0;
        z-index: 20;
        background: var(--page);
      }
      section {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr) auto;
        block-size: 100%;
      }
      header {
        padding: var(--space-2) var(--space-4);
      }
      c-picture {
        block-size: 100%;
        background: transparent;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        justify-content: space-between;
        gap: var(--space-3) var(--space-6);
        padding: var(--space-4);
      }
      .words {
        flex: 1 1 20rem;
        max-inline-size: 60ch;
        max-block-size: 9rem;
        overflow: auto;
      }
    `,
  ];
}
