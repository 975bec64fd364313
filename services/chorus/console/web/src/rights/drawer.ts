import { Link, MessageCircleQuestion } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type CreateLinkResponse, type PostRights, RequestState, type Thread } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { persist } from "../app/retry.js";
import { postAddress } from "../app/router.js";
import { may } from "../app/session.js";
import { nameOf } from "../app/words.js";
import "../post/takedowns.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { columnBadge } from "./columns.js";
import "./receipts.js";
import "./thread.js";

interface Shown {
  post?: QueuedPost;
  rights?: PostRights;
  thread: Thread;
}

/** One post's rights from the first question on: how they stand, what was sent and answered, and what proves it. */
@customElement("c-rights-drawer")
export class RightsDrawer extends LitElement {
  @property() brand = "";
  @property() post = "";
  @state() private link?: CreateLinkResponse & { request: string };
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
    return { rights: rights.rights[0], thread, post: posts.posts[0] };
  }

  private async newLink(request: string): Promise<void> {
    try {
      this.link = { ...(await persist(() => house().rights.createLink({ brand: this.brand, request }))), request };
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

  private body({ post, rights, thread }: Shown) {
    const media = post?.media[0];
    return html`<div class="stack">
      ${media ? html`<c-picture fit="contain" sizes="480px" .media=${media} .brand=${this.brand}></c-picture>` : nothing}
      ${post?.text ? html`<p class="soft">${post.text}</p>` : nothing}
      <a href=${postAddress(this.brand, this.post)}>Open the post</a>
      ${rights ? html`<div class="row">${columnBadge(rights.column)}</div><p><strong>${rights.summary}</strong></p>` : nothing}
      ${this.tools(post, rights)}
      <c-takedowns .brand=${this.brand} .post=${this.post}></c-takedowns>
      <h3>Thread</h3>
      ${thread.events.length > 0 ? html`<c-thread .thread=${thread}></c-thread>` : html`<p class="soft">Nobody has been asked yet.</p>`}
      <h3>Evidence</h3>
      ${may(house().session, this.brand, Role.RIGHTS_MANAGER)
        ? html`<c-receipts .brand=${this.brand} .post=${this.post}></c-receipts>`
        : html`<p class="soft">Receipts are shown to rights managers.</p>`}
    </div>`;
  }

  /** What a curator can do about it: send the link of an open question again, or put another question. */
  private tools(post: QueuedPost | undefined, rights: PostRights | undefined) {
    if (!may(house().session, this.brand, Role.CURATOR)) {
      return nothing;
    }
    const open = rights?.requests.find((request) => request.state === RequestState.REQUESTED);
    return html`${open ? html`<div class="stack"><p class="faint">Waiting for an answer</p>${this.linkTools(open.request)}</div>` : nothing}
      ${post && !post.withdrawn ? html`<div><button @click=${() => this.dispatchEvent(new CustomEvent<QueuedPost>("ask", { detail: post }))}>${icon(MessageCircleQuestion)}${rights?.requests.length ? "Ask again" : `Ask ${nameOf(post.account)}`}</button></div>` : nothing}`;
  }

  private linkTools(request: string) {
    return this.link?.request === request
      ? html`<c-copy block label="message" .value=${this.link.message}></c-copy><c-copy label="link" .value=${this.link.link}></c-copy>`
      : html`<div><button @click=${() => void this.newLink(request)}>${icon(Link)}Make a link to send again</button></div>`;
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
