import { RefreshCw } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type Media, MediaState } from "../api/chorus/api/types/v1/media_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/picture.js";
import { say } from "../ui/status.js";
import "./viewer.js";

/** A post's pictures: whole and zoomable, with their description and centre of interest. Sends `annotated`. */
@customElement("c-post-pictures")
export class PostPictures extends LitElement {
  @property({ attribute: false }) post!: QueuedPost;
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private shown = 0;

  private async annotate(media: Media, change: { altText?: string; focalX?: number; focalY?: number }): Promise<void> {
    const request = { brand: this.brand, post: this.post.post, media: media.media, ...change, requestId: newRequestId() };
    try {
      await persist(() => house().curation.annotate(request));
      say({ text: change.altText === undefined ? "Centre of interest kept" : "Description kept" });
      this.dispatchEvent(new Event("annotated"));
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  private async retry(media: Media): Promise<void> {
    try {
      await persist(() => house().ingest.retryMedia({ brand: this.brand, media: media.media }));
      say({ text: "It is being fetched again" });
      this.dispatchEvent(new Event("annotated"));
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  override render() {
    const { media } = this.post;
    const current = media[Math.min(this.shown, media.length - 1)];
    return current ? html`<div class="stack">${this.whole(current)}${media.length > 1 ? this.strip(media) : nothing}</div>` : html`<p class="card soft">This post has no picture.</p>`;
  }

  private whole(media: Media) {
    if (media.state === MediaState.FAILED) {
      return html`<div class="card stack">
        <p><strong>The picture could not be fetched.</strong> ${media.failure}</p>
        ${this.mayAct ? html`<div><button @click=${() => void this.retry(media)}>${icon(RefreshCw)}Fetch it again</button></div>` : nothing}
      </div>`;
    }
    return html`<c-viewer
        .media=${media}
        .brand=${this.brand}
        ?mayAct=${this.mayAct}
        @focal=${(event: CustomEvent<{ x: number; y: number }>) => void this.annotate(media, { focalX: event.detail.x, focalY: event.detail.y })}
      ></c-viewer>
      ${this.mayAct ? this.description(media) : html`<p class="soft">${media.altText || "No description yet."}</p>`}`;
  }

  private description(media: Media) {
    const keep = (event: SubmitEvent): void => {
      event.preventDefault();
      void this.annotate(media, { altText: String(new FormData(event.target as HTMLFormElement).get("alt") ?? "").trim() });
    };
    return html`<form @submit=${keep}>
      <label>Description for those who cannot see it
        <textarea name="alt" rows="2" maxlength="1500" .value=${media.altText}></textarea>
      </label>
      <button>Keep the description</button>
    </form>`;
  }

  private strip(media: Media[]) {
    return html`<ul aria-label="Pictures of this post">
      ${media.map(
        (one, index) => html`<li>
          <button aria-label=${`Picture ${index + 1}`} aria-pressed=${index === this.shown ? "true" : "false"} @click=${() => (this.shown = index)}>
            <c-picture decorative sizes="72px" .media=${one} .brand=${this.brand}></c-picture>
          </button>
        </li>`,
      )}
    </ul>`;
  }

  static override styles = [
    base,
    controls,
    css`
      form {
        display: grid;
        justify-items: start;
        gap: var(--space-2);
      }
      form label {
        inline-size: 100%;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      ul button {
        padding: 0;
        overflow: hidden;
      }
      ul c-picture {
        inline-size: 4.5rem;
        block-size: 4.5rem;
      }
      [aria-pressed="true"] {
        outline: var(--focus-width) solid var(--accent);
      }
    `,
  ];
}
