import { ImageOff, ImageUp, Quote } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { thumbHashToDataURL } from "thumbhash";
import { type Media, MediaState } from "../api/chorus/api/types/v1/media_pb.js";
import { base } from "./base.js";
import { icon } from "./icon.js";

const SIZES = [320, 640, 1080];

/** The address of a private preview; the gateway asks who wants it. */
export const previewUrl = (brand: string, media: string, size: number): string =>
  `/preview/${encodeURIComponent(brand)}/${encodeURIComponent(media)}/${size}.webp`;

function candidates(brand: string, media: Media): string {
  return SIZES.map((size) => `${previewUrl(brand, media.media, size)} ${widthAt(media, size)}w`).join(", ");
}

/** How wide a picture is once it is fitted into a box of `size` pixels; never wider than it was. */
function widthAt(media: Media, size: number): number {
  const known = media.renditions.find((rendition) => rendition.size === size);
  const longest = Math.max(media.width, media.height, 1);
  return known?.width || Math.max(1, Math.round((media.width || 1) * Math.min(1, size / longest)));
}

/** One picture of a post: its colours at once, then itself; or, in words, why it cannot be seen. */
@customElement("c-picture")
export class Picture extends LitElement {
  @property({ attribute: false }) media?: Media;
  @property() brand = "";
  /** How wide it is shown, for the browser to choose a size. */
  @property() sizes = "320px";
  @property({ reflect: true }) fit: "cover" | "contain" = "cover";
  /** Set where the picture is beside its description, so that it is not read twice. */
  @property({ type: Boolean }) decorative = false;
  @state() private broken = false;

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("media") && (changed.get("media") as Media | undefined)?.media !== this.media?.media) {
      this.broken = false;
    }
  }

  override render() {
    const media = this.media;
    if (!media) {
      return html`<div class="words">${icon(Quote)}</div>`;
    }
    if (media.state === MediaState.FAILED || this.broken) {
      return html`<div class="words">${icon(ImageOff)}<span>could not be fetched</span></div>`;
    }
    return media.state === MediaState.READY
      ? this.ready(media)
      : html`<div class="words">${icon(ImageUp)}<span>picture is coming</span></div>`;
  }

  private ready(media: Media) {
    const hash = media.thumbHash.length > 0 ? thumbHashToDataURL(media.thumbHash) : "";
    const at = `object-position:${media.focalX * 100}% ${media.focalY * 100}%`;
    return html`
      ${hash ? html`<img class="hash" alt="" src=${hash} .style=${at} />` : nothing}
      <img
        alt=${this.decorative ? "" : media.altText || "No description yet"}
        src=${previewUrl(this.brand, media.media, 640)}
        srcset=${candidates(this.brand, media)}
        sizes=${this.sizes}
        .style=${at}
        decoding="async"
        draggable="false"
        @error=${() => (this.broken = true)}
      />
    `;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
        position: relative;
        overflow: hidden;
        background: var(--sunken);
      }
      img {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
      :host([fit="contain"]) img {
        object-fit: contain;
      }
      :host([fit="contain"]) .hash {
        opacity: 0.35;
        object-fit: cover;
      }
      .words {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: var(--space-2);
        padding: var(--space-2);
        color: var(--ink-faint);
        font-size: var(--text-12);
        text-align: center;
      }
    `,
  ];
}
