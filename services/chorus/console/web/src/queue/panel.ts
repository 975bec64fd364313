import { Maximize2 } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { postAddress } from "../app/router.js";
import { nameOf } from "../app/words.js";
import "../post/facts.js";
import { mayAttest } from "../rights/proof.js";
import type { PostFacts } from "../post/facts.js";
import { byline, text, wordStyles } from "../post/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/picture.js";
import { type ActionName, actions, sensible } from "./actions.js";

/** The post in focus, beside the grid: whole picture, words, what is known, and what can be done. */
@customElement("c-panel")
export class Panel extends LitElement {
  @property({ attribute: false }) post?: QueuedPost;
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;

  private readonly act = (name: ActionName): void => {
    this.dispatchEvent(new CustomEvent("action", { detail: name }));
  };

  reload(): void {
    this.renderRoot.querySelector<PostFacts>("c-post-facts")?.reload();
  }

  override render() {
    const post = this.post;
    return post ? html`<div class="scroll">${this.pictures(post)}${this.about(post)}</div>${this.mayAct ? this.foot(post) : nothing}` : nothing;
  }

  private pictures(post: QueuedPost) {
    const media = post.media[0];
    return media
      ? html`<a class="whole" href=${postAddress(this.brand, post.post)} aria-label="Open the whole post">
          <c-picture fit="contain" sizes="400px" .media=${media} .brand=${this.brand}></c-picture>
          <span class="badge">${icon(Maximize2)}Open</span>
        </a>`
      : nothing;
  }

  private about(post: QueuedPost) {
    const alt = post.media[0]?.altText;
    return html`<div class="stack about">
      <div>${byline(post)}${text(post)}</div>
      ${post.media.length > 0 ? html`<p class="faint">${alt ? html`Picture described as: ${alt}` : html`The picture has no description yet. <a href=${postAddress(this.brand, post.post)}>Describe it</a>`}</p>` : nothing}
      <c-post-facts .post=${post} .brand=${this.brand}>
        ${this.mayAct ? html`<button slot="ask" @click=${() => this.act("ask")}>Ask ${nameOf(post.account)} for permission</button>` : nothing}
        ${mayAttest(post, this.brand) ? html`<button slot="ask" class="quiet" @click=${() => this.act("attest")}>We have permission already</button>` : nothing}
      </c-post-facts>
    </div>`;
  }

  private foot(post: QueuedPost) {
    return html`<div class="foot">${actions(sensible(["approve", "reject", "escalate"], post.state), this.act)}</div>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    wordStyles,
    css`
      :host {
        display: grid;
        grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
        background: var(--surface);
        border-inline-start: 1px solid var(--line);
      }
      .scroll {
        overflow: auto;
      }
      .whole {
        display: block;
        position: relative;
      }
      .whole c-picture {
        inline-size: 100%;
        block-size: min(48vh, 24rem);
      }
      .whole .badge {
        position: absolute;
        inset: auto var(--space-3) var(--space-3) auto;
        box-shadow: var(--shadow);
      }
      .about {
        padding: var(--space-4);
      }
      .foot {
        display: flex;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
        border-block-start: 1px solid var(--line);
      }
      .foot button {
        flex: 1;
      }
      .foot c-icon {
        display: none;
      }
      [slot="ask"] {
        min-block-size: 2.25rem;
        white-space: normal;
      }
    `,
  ];
}
