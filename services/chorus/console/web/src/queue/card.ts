import { Copy, Layers, PencilLine } from "lucide";
import { css, html, nothing, type TemplateResult } from "lit";
import { type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Column, type PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { count, handleOf, nameOf } from "../app/words.js";
import { columnBadge } from "../rights/columns.js";
import { permission } from "../rights/words.js";
import { icon } from "../ui/icon.js";
import "../ui/picture.js";
import "../ui/time.js";
import { stateLabel } from "./filter.js";

export interface CardView {
  post: QueuedPost;
  brand: string;
  position: number;
  /** CSS that says where it is. */
  place: string;
  focused: boolean;
  selected: boolean;
  width: number;
  caption: boolean;
  rights?: PostRights;
  tell: (name: "post-focus" | "post-press" | "post-open" | "post-select", event?: MouseEvent) => void;
}

/** One post of the grid: the picture first, then who and when. */
export function card(view: CardView): TemplateResult {
  const { post } = view;
  const label = `${nameOf(post.account)}, ${stateLabel(post.state)}: ${post.text}${isAsked(view.rights) ? ` ${view.rights.summary}` : ""}`;
  return html`<div
    class="post"
    role="listitem"
    aria-setsize="-1"
    aria-posinset=${view.position + 1}
    data-post=${post.post}
    .style=${view.place}
    ?data-focused=${view.focused}
    ?data-selected=${view.selected}
  >
    <button
      class="open"
      tabindex=${view.focused ? 0 : -1}
      aria-label=${label}
      aria-current=${view.focused ? "true" : "false"}
      @focus=${() => view.tell("post-focus")}
      @click=${(event: MouseEvent) => view.tell(event.shiftKey ? "post-select" : "post-press", event)}
      @dblclick=${() => view.tell("post-open")}
    >
      ${face(view)}
    </button>
    <label class="pick" title="Select (X)">
      <span class="sr">Select the post of ${nameOf(post.account)}</span>
      <input type="checkbox" tabindex="-1" .checked=${view.selected} @click=${(event: MouseEvent) => view.tell("post-select", event)} />
    </label>
    <div class="marks">${marks(view)}</div>
    ${view.caption ? caption(view) : nothing}
  </div>`;
}

function face({ post, brand, width }: CardView): TemplateResult {
  const media = post.media[0];
  return media
    ? html`<c-picture decorative .media=${media} .brand=${brand} sizes=${`${Math.round(width)}px`}></c-picture>`
    : html`<span class="quote">${post.text}</span>`;
}

function marks({ post, rights }: CardView): unknown[] {
  return [
    post.state === State.EDITED ? html`<span class="badge warn">${icon(PencilLine)}Edited</span>` : nothing,
    post.state === State.ESCALATED ? html`<span class="badge warn">Escalated</span>` : nothing,
    post.withdrawn ? html`<span class="badge bad">Gone at source</span>` : nothing,
    post.media.some((media) => media.duplicateOf) ? html`<span class="badge">${icon(Copy)}Seen before</span>` : nothing,
    post.media.length > 1 ? html`<span class="badge">${icon(Layers)}${count(post.media.length, "picture")}</span>` : nothing,
    columnBadge(rights?.column),
  ];
}

const isAsked = (rights: PostRights | undefined): rights is PostRights => rights !== undefined && rights.column !== Column.TO_ASK;

/** What the creator allows, or how it stands, in words; the whole sentence lies behind it. */
function rightsWords(rights: PostRights | undefined): TemplateResult | typeof nothing {
  return isAsked(rights) ? html`<div class="cut rights" title=${rights.summary}>${permission(rights) || rights.summary}</div>` : nothing;
}

function caption({ post, rights }: CardView): TemplateResult {
  return html`<footer>
    <div class="who"><span class="cut">${handleOf(post.account) || nameOf(post.account)}</span><c-time .at=${post.postedAt ?? post.capturedAt}></c-time></div>
    ${post.media.length > 0 ? html`<div class="cut soft">${post.text || "No words"}</div>` : nothing}
    ${rightsWords(rights)}
  </footer>`;
}

export const cardStyles = css`
  .post {
    position: absolute;
  }
  .open {
    display: block;
    inline-size: 100%;
    aspect-ratio: 1;
    min-block-size: 0;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    overflow: hidden;
    background: var(--sunken);
    font-weight: var(--weight);
    white-space: normal;
  }
  .open c-picture {
    inline-size: 100%;
    block-size: 100%;
  }
  .post[data-focused] .open {
    outline: var(--focus-width) solid var(--focus);
    outline-offset: 2px;
  }
  .post[data-selected] .open c-picture,
  .post[data-selected] .quote {
    transform: scale(0.92);
    border-radius: var(--radius);
  }
  .post[data-selected] .open {
    background: var(--accent);
  }
  .quote {
    display: block;
    block-size: 100%;
    padding: var(--space-8) var(--space-4) var(--space-4);
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: inherit;
    overflow: hidden;
    text-align: start;
    line-height: var(--leading);
  }
  .pick {
    position: absolute;
    inset: 0 0 auto auto;
    display: grid;
    place-items: center;
    inline-size: 2.25rem;
    block-size: 2.25rem;
    opacity: 0;
    cursor: pointer;
  }
  .pick input {
    box-shadow: 0 0 0 2px rgb(255 255 255 / 70%);
    border-radius: 3px;
  }
  .post:hover .pick,
  .post:focus-within .pick,
  .post[data-selected] .pick {
    opacity: 1;
  }
  @media (hover: none) {
    .pick {
      opacity: 1;
    }
  }
  .marks {
    position: absolute;
    inset: var(--space-2) auto auto var(--space-2);
    display: grid;
    justify-items: start;
    gap: var(--space-1);
    pointer-events: none;
  }
  .marks .badge {
    box-shadow: var(--shadow);
  }
  footer {
    padding: var(--space-2) var(--space-1) 0;
    font-size: var(--text-12);
    line-height: 1.3;
  }
  .rights {
    color: var(--ink-faint);
  }
  .who {
    display: flex;
    justify-content: space-between;
    gap: var(--space-2);
    font-weight: var(--weight-strong);
  }
  .who c-time {
    flex: none;
    color: var(--ink-faint);
    font-weight: var(--weight);
    font-size: inherit;
  }
`;
