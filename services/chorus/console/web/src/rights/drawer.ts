import { BellOff, BellRing, Link, MessageCircleQuestion, Stamp } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type BatchGetContactsResponse, Channel, type Contact } from "../api/chorus/api/rights/v1/contact_pb.js";
import { Column, type PostRights, RequestState, type RightsRequest, type Thread } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { postAddress } from "../app/router.js";
import { may } from "../app/session.js";
import { dateOf, handleOf, nameOf, when } from "../app/words.js";
import "../post/takedowns.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { ownerOf } from "./asking.js";
import "./attested.js";
import "./claim.js";
import { attestedBadge, columnBadge } from "./columns.js";
import { mailable, reach } from "./reach.js";
import { saidNo } from "./proof.js";
import "./receipts.js";
import type { Receipts } from "./receipts.js";
import { standingInWords } from "./standing.js";
import "./thread.js";

interface Shown {
  post?: QueuedPost;
  rights?: PostRights;
  thread: Thread;
  reached: BatchGetContactsResponse;
  /** The question that waits for an answer, and others to the same creator that do. */
  open?: RightsRequest;
  others: string[];
}

/** What somebody is about to send: a message, and the link in it, if it has one; how many posts that leads to. */
interface Given {
  request: string;
  link: string;
  message: string;
  posts: number;
}

/** The most that one link leads to. */
const TOGETHER = 100;

/** One post's rights from the first question on: how they stand, what was sent and answered, and what proves it. */
@customElement("c-rights-drawer")
export class RightsDrawer extends LitElement {
  @property() brand = "";
  @property() post = "";
  @state() private given?: Given;
  private readonly read = new Load<Shown>(this, () => this.look());

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("post")) {
      void this.read.again();
    }
  }

  /** Reads again what may have changed, for example after a question was put. */
  refresh(): void {
    void this.read.again({ keep: true });
    this.renderRoot.querySelector<Receipts>("c-receipts")?.refresh();
  }

  private get acts(): boolean {
    return may(house().session, this.brand, Role.CURATOR);
  }

  private get manages(): boolean {
    return may(house().session, this.brand, Role.RIGHTS_MANAGER);
  }

  private tell(name: string, detail?: QueuedPost): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private async look(): Promise<Shown> {
    const request = { brand: this.brand, posts: [this.post] };
    const [rights, thread, reached, posts] = await Promise.all([
      house().rights.batchGetPostRights(request),
      house().rights.getThread({ brand: this.brand, post: this.post }),
      reach(this.brand, [this.post]),
      house().curation.batchGetPosts(request).catch(() => ({ posts: [] as QueuedPost[] })),
    ]);
    const post = posts.posts[0];
    const open = rights.rights[0]?.requests.find(({ state }) => state === RequestState.REQUESTED);
    return { rights: rights.rights[0], thread, reached, post, open, others: open && post ? await this.alsoOpen(post) : [] };
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
    await this.give({ request, posts: others.length + 1 }, () => house().rights.createLink({ brand: this.brand, request, others }));
  }

  private async remind(request: string, channel: Channel): Promise<void> {
    const requestId = newRequestId();
    await this.give({ request, posts: 1 }, () => house().rights.remind({ brand: this.brand, request, channel, requestId }));
  }

  /** Hands out what is to be sent; where nothing is, it is sent from the other side. */
  private async give(about: Pick<Given, "request" | "posts">, act: () => Promise<Pick<Given, "link" | "message">>): Promise<void> {
    try {
      const { link, message } = await persist(act);
      this.given = message ? { link, message, ...about } : undefined;
      if (!message) {
        say({ text: "The reminder is on its way" });
      }
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
      ${rights ? html`<div class="row">${columnBadge(rights.column)}${attestedBadge(rights.attested)}</div><p><strong>${rights.summary}</strong></p>${rights.standing ? html`<p>${standingInWords(rights.standing)}</p>` : nothing}` : nothing}
      ${rights?.claim ? html`<c-claim .brand=${this.brand} .post=${this.post} .claim=${rights.claim} .address=${mailable(shown.reached)} ?mayAct=${this.acts} ?manages=${this.manages} @changed=${() => this.tell("changed")}></c-claim>` : nothing}
      ${this.tools(shown)}
      ${rights?.grants.filter((grant) => grant.attestation).map((grant) => html`<c-attested .brand=${this.brand} .grant=${grant} ?mayAct=${this.manages} @ended=${() => this.tell("changed")}></c-attested>`)}
      <c-takedowns .brand=${this.brand} .post=${this.post}></c-takedowns>
      <h3>Thread</h3>
      ${thread.events.length > 0 ? html`<c-thread .brand=${this.brand} .thread=${thread}></c-thread>` : html`<p class="soft">Nobody has been asked yet.</p>`}
      <h3>Evidence</h3>
      ${this.manages
        ? html`<c-receipts .brand=${this.brand} .post=${this.post}></c-receipts>`
        : html`<p class="soft">Receipts are shown to rights managers.</p>`}
    </div>`;
  }

  /** What a curator can do about it: send the link of an open question, remind of it, or put another question. */
  private tools(shown: Shown) {
    const { post, rights, reached, open } = shown;
    if (!this.acts) {
      return nothing;
    }
    const [contact] = reached.contacts;
    const against = rights !== undefined && saidNo(rights);
    return html`${open ? this.waiting(open, shown) : nothing}
      ${contact?.barred ? html`<p class="barred">${icon(BellOff)}<span>${contact.barred.message}</span></p>` : nothing}
      ${post && !post.withdrawn
        ? html`<div class="row">
            ${contact?.barred ? nothing : html`<button @click=${() => this.tell("ask", post)}>${icon(MessageCircleQuestion)}${rights?.requests.length ? "Ask again" : `Ask ${nameOf(post.account)}`}</button>`}
            ${this.manages && !open && !against ? html`<button @click=${() => this.tell("attest", post)}>${icon(Stamp)}${rights?.attested ? "We have another permission" : "We have permission already"}</button>` : nothing}
          </div>
          ${this.manages && against ? html`<p class="faint">The creator said no, or took something back: a permission from elsewhere does not stand against that.</p>` : nothing}`
        : nothing}`;
  }

  private waiting(open: RightsRequest, { post, others, reached }: Shown) {
    const saidYes = open.saidYesAt !== undefined;
    const [contact] = reached.contacts;
    const whose = handleOf(post?.account) || nameOf(post?.account);
    return html`<div class="stack">
      <p class="faint">${saidYes ? "Said yes in public, which grants nothing yet: the link does." : this.mail(contact)}</p>
      ${this.given?.request === open.request
        ? this.copies(this.given)
        : contact?.barred?.reason === "OPTED_OUT" && !saidYes
          ? nothing
          : html`<div class="row">
              <button class=${saidYes ? "primary" : ""} @click=${() => void this.newLink(open.request, [])}>${icon(Link)}${saidYes ? "Send the link" : "Make a link to send again"}</button>
              ${others.length > 0 ? html`<button @click=${() => void this.newLink(open.request, others)}>${icon(Link)}All of ${whose}’s open questions (${others.length + 1})</button>` : nothing}
            </div>
            ${saidYes || contact?.barred || contact?.mailAt ? nothing : this.reminders(open.request, contact, reached.mails)}`}
    </div>`;
  }

  private reminders(request: string, contact: Contact | undefined, mails: boolean) {
    const remind = (channel: Channel, label: string) => html`<button aria-label=${`Remind ${label}`} @click=${() => void this.remind(request, channel)}>${label}</button>`;
    return html`<div class="row"><span class="soft remind">${icon(BellRing)}Remind</span>
      ${mails && contact?.email ? remind(Channel.EMAIL, "by e-mail") : nothing}${remind(Channel.LINK, "by link")}${remind(Channel.REPLY, "in public")}
    </div>`;
  }

  /** Where the question is on its way, where it goes by e-mail. */
  private mail(contact: Contact | undefined): string {
    const at = dateOf(contact?.mailAt);
    if (!contact || !at) {
      return "Waiting for an answer";
    }
    const why = contact.mailTrouble ? `; the last try failed: ${contact.mailTrouble}` : "";
    return `The e-mail to ${contact.email} goes ${when(at)}${why}`;
  }

  private copies({ message, link, posts }: Given) {
    return html`${posts > 1 ? html`<p class="soft">This link leads to all ${posts} of them.</p>` : nothing}
      <c-copy block label="message" .value=${message}></c-copy>${link ? html`<c-copy label="link" .value=${link}></c-copy>` : nothing}`;
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
      .remind {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      .barred {
        display: flex;
        gap: var(--space-2);
        color: var(--warn);
      }
    `,
  ];
}
