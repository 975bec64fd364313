import { BadgeCheck, BadgeX, Sparkles } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Decision, QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type Placement, PlacementState } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Column, type PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Load } from "../app/load.js";
import { postAddress } from "../app/router.js";
import { count, languageName, nameOf, platformName } from "../app/words.js";
import { stateLabel } from "../queue/filter.js";
import { attestedBadge, columnBadge } from "../rights/columns.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/time.js";
import { told } from "./credentials.js";
import { type Knowledge, knowledge, type Part } from "./knowledge.js";
import { reasonWords } from "./reasons.js";
import "./takedowns.js";

const UNKNOWN = html`<span class="faint">unknown just now</span>`;

/** What is known about a post beside its words and pictures: signals, rights, where it is shown, its history. */
@customElement("c-post-facts")
export class PostFacts extends LitElement {
  @property({ attribute: false }) post!: QueuedPost;
  @property() brand = "";
  private readonly known = new Load<Knowledge>(this, () => knowledge(this.brand, this.post.post));
  private asked = "";
  private timer = 0;

  override willUpdate(): void {
    const state = `${this.post.post} ${this.post.decision} ${this.post.state}`;
    if (state !== this.asked) {
      const same = this.asked.startsWith(`${this.post.post} `);
      this.asked = state;
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.reload(same), same ? 0 : 120);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  /** Asks again, for example after a question was sent to the creator. */
  reload(keep = true): void {
    void this.known.again({ keep });
  }

  override render() {
    const known = this.known.now.value;
    return html`<dl>
      <dt>Signals</dt>
      <dd>${this.signals()}</dd>
      ${this.origin()}
      <dt>Rights</dt>
      <dd>${known ? rightsWords(known.rights) : "…"}<slot name="ask"></slot></dd>
      <dt>Shown on</dt>
      <dd>${known ? placementWords(known.placements) : "…"}</dd>
      <dt>History</dt>
      <dd>${known ? historyWords(known.history, this.post) : "…"}</dd>
    </dl>
    <div class="stack"><c-takedowns .brand=${this.brand} .post=${this.post.post}></c-takedowns></div>`;
  }

  private signals() {
    const { post, brand } = this;
    const first = post.media.find((media) => media.duplicateOf)?.duplicateOf;
    const tags = post.hashtags.map((tag) => `#${tag.replace(/^#/, "")}`).join(" ");
    return html`<div class="row">
      ${post.language ? html`<span class="badge">${languageName(post.language)}</span>` : nothing}
      <span class="badge">${count(Math.max(post.seenBySources.length, 1), "source")}</span>
      ${first ? html`<a class="badge warn" href=${postAddress(brand, first.post)}>${first.kind === 1 ? "The same picture" : "Nearly the same picture"} came before</a>` : nothing}
      ${tags ? html`<span class="faint">${tags}</span>` : nothing}
    </div>`;
  }

  /** What the original's own content credentials say of where it comes from; nothing where it brought none. */
  private origin() {
    const said = told(this.post.media);
    if (!said) {
      return nothing;
    }
    return html`<dt>Origin</dt>
      <dd>
        <div class="row">
          ${said.made ? html`<span class=${said.byAi ? "badge warn" : "badge"}>${said.byAi ? icon(Sparkles) : nothing}Says it was ${said.made}</span>` : nothing}
          ${said.whole ? html`<span class="badge">${icon(BadgeCheck)}Credentials unchanged since signed</span>` : html`<span class="badge bad">${icon(BadgeX)}Changed since its credentials were signed</span>`}
        </div>
        <p class="soft">Content credentials ${said.from}. Nobody has checked who that is.</p>
      </dd>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      dl {
        display: grid;
        grid-template-columns: 5rem minmax(0, 1fr);
        gap: var(--space-3) var(--space-3);
      }
      dt {
        color: var(--ink-faint);
        font-size: var(--text-12);
        line-height: calc(var(--leading) * var(--text-14));
      }
      .badge {
        white-space: normal;
      }
      li + li {
        margin-block-start: var(--space-1);
      }
      .stack {
        margin-block-start: var(--space-4);
      }
      ::slotted(*) {
        margin-block-start: var(--space-2);
      }
    `,
  ];
}

function rightsWords(rights: Part<PostRights | undefined>) {
  if (rights === null) {
    return UNKNOWN;
  }
  const none = !rights || (rights.column === Column.TO_ASK && rights.requests.length + rights.grants.length === 0);
  return none ? html`<span class="soft">Nobody has been asked yet</span>` : html`<div class="row">${columnBadge(rights.column)}${attestedBadge(rights.attested)}</div><p>${rights.summary}</p>`;
}

function placementWords(placements: Part<Placement[]>) {
  if (placements === null) {
    return UNKNOWN;
  }
  return placements.length === 0
    ? html`<span class="soft">Nowhere yet</span>`
    : html`<ul>
        ${placements.map((placed) => html`<li>${placement(placed)}</li>`)}
      </ul>`;
}

function placement(placed: Placement) {
  const title = placed.surfaceTitle || placed.surface;
  switch (placed.state) {
    case PlacementState.LIVE:
      return html`<span class="badge ok">Live</span> ${title} <c-time class="faint" .at=${placed.placedAt}></c-time>`;
    case PlacementState.HELD:
      return html`<span class="badge warn">Held</span> ${title}`;
    case PlacementState.PLACING:
      return html`<span class="badge">On its way</span> ${title}`;
    default:
      return html`<span class="badge">Left</span> ${title}: ${reasonWords(placed.reason)}`;
  }
}

function historyWords(history: Part<Decision[]>, post: QueuedPost) {
  if (history === null) {
    return UNKNOWN;
  }
  return html`<ol>
    <li>Came from ${platformName(post.platform)} by ${nameOf(post.account)} <c-time class="faint" .at=${post.capturedAt}></c-time></li>
    ${history.map(
      (decision) => html`<li>
        ${decision.undoneAt ? html`<s>${stateLabel(decision.state)}</s>` : stateLabel(decision.state)}
        by ${decision.by}${decision.reason ? html`: ${decision.reason}` : nothing}${decision.undoneAt ? html`, undone by ${decision.undoneBy}` : nothing}
        <c-time class="faint" .at=${decision.undoneAt ?? decision.at}></c-time>
      </li>`,
    )}
  </ol>`;
}
