import { Crosshair, ZoomIn, ZoomOut } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Media } from "../api/chorus/api/types/v1/media_pb.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { previewUrl } from "../ui/picture.js";

const STEP = 0.05;

/** The whole picture: zoom by button, click or wheel; and the point that a crop keeps in sight. Sends `focal`. */
@customElement("c-viewer")
export class Viewer extends LitElement {
  @property({ attribute: false }) media!: Media;
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private zoom = 1;
  @state() private aiming = false;
  @state() private focal = { x: 0.5, y: 0.5 };

  override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get("media") as Media | undefined;
    if (changed.has("media")) {
      this.focal = { x: this.media.focalX, y: this.media.focalY };
      this.zoom = before?.media === this.media.media ? this.zoom : 1;
    }
  }

  private readonly pressed = (event: MouseEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    if (this.aiming) {
      this.aim((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    } else {
      this.zoom = this.zoom > 1 ? 1 : 2;
    }
  };

  private readonly keyed = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (this.aiming && step) {
      event.preventDefault();
      event.stopPropagation();
      this.aim(this.focal.x + (step[0] ?? 0), this.focal.y + (step[1] ?? 0));
    }
  };

  private aim(x: number, y: number): void {
    const inside = (at: number): number => Math.min(1, Math.max(0, at));
    this.focal = { x: inside(x), y: inside(y) };
  }

  private readonly keep = (): void => {
    this.aiming = false;
    this.dispatchEvent(new CustomEvent("focal", { detail: this.focal }));
  };

  override render() {
    const { media } = this;
    const ratio = `aspect-ratio:${media.width || 1}/${media.height || 1};inline-size:min(100%,calc(70vh*${media.width || 1}/${media.height || 1}))`;
    return html`
      <div class="frame" ?data-zoomed=${this.zoom > 1}>
        <div class="picture" .style=${`${ratio};zoom:${this.zoom}`} ?data-aiming=${this.aiming} @click=${this.pressed}>
          <img alt=${media.altText || "No description yet"} width=${media.width} height=${media.height} src=${previewUrl(this.brand, media.media, 1080)} />
          ${this.aiming ? html`<span class="aim" .style=${`inset-inline-start:${this.focal.x * 100}%;inset-block-start:${this.focal.y * 100}%`}></span>` : nothing}
        </div>
      </div>
      <div class="row">${this.aiming ? this.aimingTools() : this.tools()}</div>
    `;
  }

  private tools() {
    return html`
      <button class="quiet" @click=${() => (this.zoom = this.zoom > 1 ? 1 : 2)}>${icon(this.zoom > 1 ? ZoomOut : ZoomIn)}${this.zoom > 1 ? "Whole picture" : "Zoom in"}</button>
      ${this.mayAct ? html`<button class="quiet" @click=${() => (this.aiming = true)}>${icon(Crosshair)}Centre of interest</button>` : nothing}
    `;
  }

  private aimingTools() {
    return html`
      <span class="soft" id="aim">Click what a crop must keep in sight.</span>
      <button aria-describedby="aim" aria-label="Move the point with the arrow keys" @keydown=${this.keyed}>${icon(Crosshair)}${Math.round(this.focal.x * 100)} · ${Math.round(this.focal.y * 100)}</button>
      <button class="primary" @click=${this.keep}>Keep</button>
      <button class="quiet" @click=${() => (this.aiming = false)}>Cancel</button>
    `;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      .frame {
        display: grid;
        justify-items: center;
        max-block-size: 70vh;
        overflow: auto;
        border-radius: var(--radius);
        background: var(--sunken);
      }
      .frame[data-zoomed] {
        justify-items: start;
      }
      .picture {
        position: relative;
        cursor: zoom-in;
      }
      [data-zoomed] .picture {
        cursor: zoom-out;
      }
      .picture[data-aiming] {
        cursor: crosshair;
      }
      img {
        display: block;
        inline-size: 100%;
        block-size: 100%;
      }
      .aim {
        position: absolute;
        inline-size: 2rem;
        block-size: 2rem;
        margin: -1rem;
        border: 2px solid #fff;
        border-radius: 50%;
        box-shadow:
          0 0 0 2px rgb(0 0 0 / 60%),
          inset 0 0 0 2px rgb(0 0 0 / 60%);
        pointer-events: none;
      }
    `,
  ];
}
