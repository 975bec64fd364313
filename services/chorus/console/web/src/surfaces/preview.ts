import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type Placement, PlacementState, type Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { postAddress } from "../app/router.js";
import { base } from "../ui/base.js";
import { skeletons, states } from "../ui/states.js";

const SHOWN = 12;

/** What stands on a surface now, through the very addresses that its visitors load. */
@customElement("c-surface-preview")
export class SurfacePreview extends LitElement {
  @property({ attribute: false }) surface!: Surface;
  @property() brand = "";
  /** Whatever changes when the placements may: read again then. */
  @property() version = "";
  private readonly read = new Load<Placement[]>(this, () => this.placements());

  private async placements(): Promise<Placement[]> {
    const request = { brand: this.brand, surface: this.surface.surface, states: [PlacementState.LIVE, PlacementState.HELD], pageSize: SHOWN };
    return (await house().publishing.listPlacements(request)).placements;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("version")) {
      void this.read.again({ keep: true });
    }
  }

  override render() {
    const { now } = this.read;
    if (now.state === "error") {
      return html`<p class="faint">What is on it is unknown just now: ${now.why.message}</p>`;
    }
    if (now.state === "loading") {
      return html`<ul>${skeletons(6)}</ul>`;
    }
    return now.value.length === 0
      ? html`<p class="soft">${this.surface.paused ? "Nothing is shown while it is paused." : "No post fits it yet. Approve posts, and ask their creators."}</p>`
      : html`<ul aria-label="Shown now">${now.value.map((placed) => this.thumb(placed))}</ul>`;
  }

  private thumb(placed: Placement) {
    const held = placed.state === PlacementState.HELD;
    return html`<li>
      <a href=${postAddress(this.brand, placed.post)} aria-label=${held ? "Open a post that is held" : "Open a post that is live"} ?data-held=${held}>
        ${placed.thumbnailUrl && !held ? html`<img alt="" loading="lazy" src=${placed.thumbnailUrl} />` : html`<span class="faint">${held ? "held" : "words"}</span>`}
      </a>
    </li>`;
  }

  static override styles = [
    base,
    states,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr));
        gap: var(--space-2);
      }
      .skeleton,
      a {
        display: grid;
        place-items: center;
        aspect-ratio: 1;
        border-radius: var(--radius-small);
        overflow: hidden;
        background: var(--sunken);
        text-decoration: none;
      }
      img {
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
    `,
  ];
}
