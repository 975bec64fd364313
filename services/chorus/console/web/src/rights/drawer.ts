import { Link } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type CreateLinkResponse, type Grant, GrantState, type PostRights, RequestState, type RightsRequest } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { persist } from "../app/retry.js";
import { postAddress } from "../app/router.js";
import { may } from "../app/session.js";
import { dateOf, day, nameOf, scopeInWords, termInWords } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "../ui/time.js";
import { filled } from "./request.js";

const REQUEST: Record<number, [label: string, tone: string]> = {
  [RequestState.REQUESTED]: ["Waiting for an answer", "warn"],
  [RequestState.GRANTED]: ["Granted", "ok"],
  [RequestState.DECLINED]: ["Declined", "bad"],
  [RequestState.LAPSED]: ["No answer in time", ""],
  [RequestState.SUPERSEDED]: ["Replaced by a newer question", ""],
};

interface Shown {
  post?: QueuedPost;
  rights?: PostRights;
  brandName: string;
}

/** One post's rights from the first question on: what was asked, what was given, and until when. */
@customElement("c-rights-drawer")
export class RightsDrawer extends LitElement {
  @property() brand = "";
  @property() post = "";
  @state() private link?: CreateLinkResponse & { request: string };
  private readonly read = new Load<Shown>(this, () => this.ask());

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("post")) {
      void this.read.again();
    }
  }

  private async ask() {
    const request = { brand: this.brand, posts: [this.post] };
    const [rights, posts, brand] = await Promise.all([
      house().rights.batchGetPostRights(request),
      house().curation.batchGetPosts(request).catch(() => ({ posts: [] as QueuedPost[] })),
      house().brands.getBrand({ brand: this.brand }).catch(() => undefined),
    ]);
    return { rights: rights.rights[0], post: posts.posts[0], brandName: brand?.displayName || this.brand };
  }

  private async newLink(request: string): Promise<void> {
    try {
      this.link = { ...(await persist(() => house().rights.createLink({ brand: this.brand, request }))), request };
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  override render() {
    const { now } = this.read;
    const name = nameOf(now.value?.post?.account);
    return html`<c-dialog kind="side" heading=${now.value?.post ? `Rights of ${name}’s post` : "Rights"} @close=${() => this.dispatchEvent(new Event("close"))}>
      ${now.state === "error" ? failed(now.why, () => void this.read.again()) : now.value ? this.body(now.value) : html`<div class="stack">${skeletons(3)}</div>`}
    </c-dialog>`;
  }

  private body({ post, rights, brandName }: Shown) {
    const media = post?.media[0];
    return html`<div class="stack">
      ${media ? html`<c-picture fit="contain" sizes="480px" .media=${media} .brand=${this.brand}></c-picture>` : nothing}
      ${post?.text ? html`<p class="soft">${post.text}</p>` : nothing}
      <a href=${postAddress(this.brand, this.post)}>Open the post</a>
      ${rights?.summary ? html`<p><strong>${rights.summary}</strong></p>` : nothing}
      ${this.grants(rights?.grants ?? [])}
      ${(rights?.requests ?? []).map((request) => this.request(request, filled(request.message, nameOf(post?.account), brandName)))}
      ${rights && rights.requests.length + rights.grants.length > 0 ? nothing : html`<p class="soft">Nobody has been asked yet.</p>`}
    </div>`;
  }

  private grants(grants: Grant[]) {
    return grants.map((grant) => {
      const until = dateOf(grant.validUntil);
      const ended = grant.state === GrantState.ACTIVE ? nothing : html`<span class="badge">${grant.state === GrantState.REVOKED ? "Taken back" : "Ended"} <c-time .at=${grant.endedAt}></c-time></span>`;
      return html`<section class="card">
        <div class="row"><h3>Permission</h3>${grant.state === GrantState.ACTIVE ? html`<span class="badge ok">Holds</span>` : ended}</div>
        <p>${scopeInWords(grant.scope)}, ${until ? `until ${day(until)}` : "without end"}</p>
        <p class="faint">Given ${grant.via === "upload" ? "with the upload" : "by the creator’s link"} <c-time .at=${grant.validFrom}></c-time>${grant.credit ? ` · named as ${grant.credit}` : ""}</p>
        ${grant.surfaces.length > 0 ? html`<p class="faint">Shown when asked: ${grant.surfaces.map((surface) => surface.title).join(", ")}</p>` : nothing}
      </section>`;
    });
  }

  private request(request: RightsRequest, message: string) {
    const [label, tone] = REQUEST[request.state] ?? ["Unknown", ""];
    const open = request.state === RequestState.REQUESTED && may(house().session, this.brand, Role.CURATOR);
    return html`<section class="card thread">
      <div class="row"><h3>Question</h3><span class=${`badge ${tone}`}>${label}</span></div>
      <p>${scopeInWords(request.scope)}, ${termInWords(request.days)}</p>
      <p class="faint">Asked by ${request.by} <c-time .at=${request.createdAt}></c-time> under ${request.terms}, version ${request.termsVersion}</p>
      ${message ? html`<blockquote>${message}</blockquote>` : nothing}
      ${request.answeredAt ? html`<p class="faint">Answered <c-time .at=${request.answeredAt}></c-time></p>` : nothing}
      ${open ? this.linkTools(request) : nothing}
    </section>`;
  }

  private linkTools(request: RightsRequest) {
    return this.link?.request === request.request
      ? html`<c-copy block label="message" .value=${this.link.message}></c-copy><c-copy label="link" .value=${this.link.link}></c-copy>`
      : html`<button @click=${() => void this.newLink(request.request)}>${icon(Link)}Make a link to send again</button>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    css`
      c-picture {
        block-size: 16rem;
        border-radius: var(--radius);
      }
      .card {
        display: grid;
        gap: var(--space-2);
        justify-items: start;
      }
      c-copy {
        inline-size: 100%;
      }
      blockquote {
        margin: 0;
        padding-inline-start: var(--space-3);
        border-inline-start: 3px solid var(--line);
        color: var(--ink-soft);
        overflow-wrap: anywhere;
      }
    `,
  ];
}
