import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { Order, type QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { nameOf } from "../app/words.js";
import "../post/explain.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";

/** Picks a post and says why it is on a surface, or why not. */
@customElement("c-why")
export class Why extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) surface!: Surface;
  @state() private post?: QueuedPost;
  private text = "";
  private readonly found = new Load<QueuedPost[]>(this, () => this.find());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.found.again();
  }

  private async find(): Promise<QueuedPost[]> {
    const request = { brand: this.brand, filter: { text: this.text }, order: Order.NEWEST, pageSize: 24 };
    return (await house().curation.listPosts(request)).posts;
  }

  private readonly search = (event: Event): void => {
    this.text = (event.target as HTMLInputElement).value;
    void this.found.again({ keep: true });
  };

  override render() {
    return html`<c-dialog heading=${`On ${this.surface.title}, or not?`} @close=${() => this.dispatchEvent(new Event("close"))}>
      <div class="stack">
        <label>Which post?<input type="search" placeholder="Words or a creator’s name" @input=${this.search} /></label>
        ${this.posts()}
        ${this.post ? html`<c-explain .post=${this.post.post} .brand=${this.brand} .surface=${this.surface.surface}></c-explain>` : nothing}
      </div>
    </c-dialog>`;
  }

  private posts() {
    const { now } = this.found;
    if (now.state === "error") {
      return failed(now.why, () => void this.found.again());
    }
    const posts = now.value ?? [];
    return html`<ul>
      ${now.state === "loading" ? skeletons(6) : posts.map((post) => this.choice(post))}
    </ul>
    ${now.state === "full" && posts.length === 0 ? html`<p class="soft">No post has these words.</p>` : nothing}`;
  }

  private choice(post: QueuedPost) {
    return html`<li>
      <button aria-label=${`${nameOf(post.account)}: ${post.text.slice(0, 80)}`} aria-pressed=${post.post === this.post?.post ? "true" : "false"} @click=${() => (this.post = post)}>
        ${post.media[0] ? html`<c-picture decorative sizes="80px" .media=${post.media[0]} .brand=${this.brand}></c-picture>` : html`<span class="faint">${post.text.slice(0, 40)}</span>`}
      </button>
    </li>`;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(5rem, 1fr));
        gap: var(--space-2);
        max-block-size: 12rem;
        padding: 3px;
        overflow: auto;
      }
      button {
        inline-size: 100%;
        block-size: 5rem;
        padding: 0;
        overflow: hidden;
        white-space: normal;
      }
      c-picture {
        inline-size: 100%;
        block-size: 100%;
      }
      [aria-pressed="true"] {
        outline: var(--focus-width) solid var(--accent);
      }
    `,
  ];
}
