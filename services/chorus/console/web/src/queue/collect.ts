import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Collection, QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { slug } from "../app/slug.js";
import { count } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { say } from "../ui/status.js";

/** Puts posts into a collection, an old or a new one. Sends `collected`, then `close`. */
@customElement("c-collect")
export class Collect extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) posts: QueuedPost[] = [];
  @property({ attribute: false }) collections: Collection[] = [];
  @state() private why?: Refusal;
  @state() private busy = false;

  private readonly create = (event: SubmitEvent): void => {
    event.preventDefault();
    const title = String(new FormData(event.target as HTMLFormElement).get("title") ?? "").trim();
    const made = { brand: this.brand, collection: slug(title), title, requestId: newRequestId() };
    void this.run(async () => this.fill((await persist(() => house().curation.createCollection(made))).collection, title));
  };

  private async fill(collection: string, title: string): Promise<void> {
    const posts = this.posts.map((post) => post.post).slice(0, 100);
    await persist(() => house().curation.addToCollection({ brand: this.brand, collection, posts, requestId: newRequestId() }));
    say({ text: `${count(posts.length, "post")} added to ${title}` });
    this.dispatchEvent(new Event("collected"));
    this.dispatchEvent(new Event("close"));
  }

  private async run(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.why = undefined;
    try {
      await act();
    } catch (error) {
      this.why = refusal(error);
    } finally {
      this.busy = false;
    }
  }

  override render() {
    return html`<c-dialog kind="small" heading="Add to a collection" @close=${() => this.dispatchEvent(new Event("close"))}>
      <div class="stack">
        ${this.collections.map(
          (item) => html`<button ?disabled=${this.busy} @click=${() => void this.run(() => this.fill(item.collection, item.title))}>
            ${item.title}<span class="faint">${count(item.posts, "post")}</span>
          </button>`,
        )}
        <form @submit=${this.create}>
          <label>A new collection
            <span class="row"><input name="title" required maxlength="80" autocomplete="off" ?autofocus=${this.collections.length === 0} /><button class="primary" ?disabled=${this.busy}>Create and add</button></span>
          </label>
        </form>
        ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
      </div>
    </c-dialog>`;
  }

  static override styles = [base, controls];
}
