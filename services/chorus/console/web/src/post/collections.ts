import { X } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Collection, QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { say } from "../ui/status.js";

/** The collections that a post is in. Sends `changed` once it was taken out of one. */
@customElement("c-post-collections")
export class PostCollections extends LitElement {
  @property({ attribute: false }) post!: QueuedPost;
  @property() brand = "";
  @property({ attribute: false }) collections: Collection[] = [];
  @property({ type: Boolean }) mayAct = false;

  private async takeOut(collection: string): Promise<void> {
    const request = { brand: this.brand, collection, posts: [this.post.post], requestId: newRequestId() };
    try {
      await persist(() => house().curation.removeFromCollection(request));
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  override render() {
    if (this.post.collections.length === 0) {
      return nothing;
    }
    const title = (id: string): string => this.collections.find((known) => known.collection === id)?.title ?? id;
    return html`<h2>In collections</h2>
      <ul class="row">
        ${this.post.collections.map(
          (id) => html`<li class="row">
            <a href=${address(this.brand, "queue", { state: "all", collection: id })}>${title(id)}</a>
            ${this.mayAct ? html`<button class="quiet icon" aria-label=${`Take out of ${title(id)}`} @click=${() => void this.takeOut(id)}>${icon(X)}</button>` : nothing}
          </li>`,
        )}
      </ul>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      li {
        gap: 0;
      }
    `,
  ];
}
