import { Link, MessageCircleQuestion } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Column, type CreateLinkResponse, type PostRights, RequestState, type RightsRequest, type Thread } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { persist } from "../app/retry.js";
import { postAddress } from "../app/router.js";
import { may } from "../app/session.js";
import { handleOf, nameOf } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { ownerOf } from "./asking.js";
import { columnBadge } from "./columns.js";
import "./receipts.js";
import { standingInWords } from "./standing.js";
import "./thread.js";

interface Shown {
  post?: QueuedPost;
  rights?: PostRights;
  thread: Thread;
  /** The question that waits for an answer, and others to the same creator that do. */
  open?: RightsRequest;
  others: string[];
}

/** The most that one link leads to. */
const TOGETHER = 100;

/** One post's rights from the first question on: how they stand, what was sent and answered, and what proves it. */
@customElement("c-rights-drawer")
export class RightsDrawer extends LitElement {
  @property() brand = "";
  @property() post = "";
  @state() private link?: CreateLinkResponse & { request: string; posts: number };
  private readonly read = new Load<Shown>(this, () => this.look());

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("post")) {
      void this.read.again();
    }
  }

  /** Reads again what may have changed, for example after a question was put. */
  refresh(): void {
    void this.read.again({ keep: true });
  }

  private async look(): Promise<Shown> {
    const request = { brand: this.brand, posts: [this.post] };
    const [rights, thread, posts] = await Promise.all([
      house().rights.batchGetPostRights(request),
      house().rights.getThread({ brand: this.brand, post: this.post }),
      house().curation.batchGetPosts(request).catch(() => ({ posts: [] as QueuedPost[] })),
    ]);
    const post = posts.posts[0];
    const open = rights.rights[0]?.requests.find(({ state }) => state === RequestState.REQUESTED);
    return { rights: rights.rights[0], thread, post, open, others: open && post ? await this.alsoOpen(post) : [] };
  }

  /** Other open questions to the same creator; none where that cannot be read. */
  private async alsoOpen(about: QueuedPost): Promise<string[]> {
    const creator = about.account?.handle || about.account?.displayName || "";
    const found = await house()
      .rights.listCards({ brand: this.brand, column: Column.ASKED, filter: { creator }, pageSize: TOGETHER })
      .catch(() => ({ cards: [] }));
    const theirs = found.cards.filter(({ post, request, account }) => ownerOf({ post, account }) === ownerOf(about) && request?.state === RequestState.REQUESTED);
    return theirs.flatMap(({ post, request }) => (request && post !== about.post ? [request.request] : [])).slice(0, TOGETHER - 1);
  }

  private async newLink(request: string, others: string[]): Promise<void> {
    try {
      this.link = { ...(await persist(() => house().rights.createLink({ brand: this.brand, request, others }))), request, posts: others.length + 1 };
      this.refresh();
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

  private body(shown: Shown) {
    const { post, rights, thread } = shown;
    const media = post?.media[0];
    return html`<div class="stack">
      ${media ? html`<c-picture fit="contain" sizes="480px" .media=${media} .brand=${this.brand}></c-picture>` : nothing}
      ${post?.text ? html`<p class="soft">${post.text}</p>` : nothing}
      <a href=${postAddress(this.brand, this.post)}>Open the post</a>
      ${rights ? html`<div class="row">${columnBadge(rights.column)}</div><p><strong>${rights.summary}</strong></p>${rights.standing ? html`<p>${standingInWords(rights.standing)}</p>` : nothing}` : nothing}
      ${this.tools(shown)}
      <h3>Thread</h3>
      ${thread.events.length > 0 ? html`<c-thread .thread=${thread}></c-thread>` : html`<p class="soft">Nobody has been asked yet.</p>`}
      <h3>Evidence</h3>
      ${may(house().session, this.brand, Role.RIGHTS_MANAGER)
        ? html`<c-receipts .brand=${this.brand} .post=${this.post}></c-receipts>`
        : html`<p class="soft">Receipts are shown to rights managers.</p>`}
    </div>`;
  }

  /** What a curator can do about it: send the link of an open question again, or put another question. */
  private tools(shown: Shown) {
    const { post, rights, open } = shown;
    if (!may(house().session, this.brand, Role.CURATOR)) {
      return nothing;
    }
    return html`${open ? html`<div class="stack"><p class="faint">Waiting for an answer</p>${this.linkTools(shown, open.request)}</div>` : nothing}
      ${post && !post.withdrawn ? html`<div><button @click=${() => this.dispatchEvent(new CustomEvent<QueuedPost>("ask", { detail: post }))}>${icon(MessageCircleQuestion)}${rights?.requests.length ? "Ask again" : `Ask ${nameOf(post.account)}`}</button></div>` : nothing}`;
  }

  private linkTools({ post, others }: Shown, request: string) {
    if (this.link?.request === request) {
      return html`${this.link.posts > 1 ? html`<p class="soft">This link leads to all ${this.link.posts} of them.</p>` : nothing}
        <c-copy block label="message" .value=${this.link.message}></c-copy><c-copy label="link" .value=${this.link.link}></c-copy>`;
    }
    const whose = handleOf(post?.account) || nameOf(post?.account);
    return html`<div class="row">
      <button @click=${() => void this.newLink(request, [])}>${icon(Link)}Make a link to send again</button>
      ${others.length > 0 ? html`<button @click=${() => void this.newLink(request, others)}>${icon(Link)}All of ${whose}’s open questions (${others.length + 1})</button>` : nothing}
    </div>`;
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
      c-copy {
        inline-size: 100%;
      }
    `,
  ];
}
