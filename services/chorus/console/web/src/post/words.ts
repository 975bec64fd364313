import { ExternalLink } from "lucide";
import { css, html, nothing, type TemplateResult } from "lit";
import { type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { handleOf, nameOf, platformName } from "../app/words.js";
import { icon } from "../ui/icon.js";
import "../ui/time.js";
import { diff } from "./diff.js";

/** Who said it, where and when, with a link to where it stands. */
export function byline(post: QueuedPost): TemplateResult {
  const handle = handleOf(post.account);
  return html`<div class="byline">
    <strong>${nameOf(post.account)}</strong>
    ${handle && handle !== nameOf(post.account) ? html`<span class="soft">${handle}</span>` : nothing}
    <span class="soft">on ${platformName(post.platform)} · <c-time .at=${post.postedAt ?? post.capturedAt}></c-time></span>
    ${/^https?:/.test(post.permalink) ? html`<a href=${post.permalink} target="_blank" rel="noopener noreferrer">${icon(ExternalLink)}<span class="sr">Open at its source</span></a>` : nothing}
  </div>`;
}

/** The text as it is now; where it was edited since approval, what changed. */
export function text(post: QueuedPost): TemplateResult {
  if (post.state !== State.EDITED) {
    return post.text ? html`<p class="said" lang=${post.language || nothing}>${post.text}</p>` : html`<p class="faint">No words with it.</p>`;
  }
  const pieces = diff(post.approvedText, post.text).map(({ kind, text: piece }) =>
    kind === "same" ? piece : kind === "added" ? html`<ins>${piece}</ins>` : html`<del>${piece}</del>`,
  );
  return html`<div class="edited">
    <p class="faint">Edited since it was approved. The approved words stay on your surfaces until you decide.</p>
    <p class="said">${pieces}</p>
  </div>`;
}

export const wordStyles = css`
  .byline {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 var(--space-2);
  }
  .byline a {
    display: grid;
    place-items: center;
    min-inline-size: var(--target);
    min-block-size: var(--target);
  }
  .said {
    white-space: pre-line;
    overflow-wrap: anywhere;
  }
  .edited {
    padding: var(--space-3);
    border-radius: var(--radius);
    background: var(--warn-soft);
  }
  .edited .said,
  .edited .faint {
    color: var(--ink);
  }
  ins {
    background: var(--ok-soft);
    color: var(--ok);
    text-decoration-thickness: 1px;
  }
  del {
    background: var(--danger-soft);
    color: var(--danger);
  }
`;
