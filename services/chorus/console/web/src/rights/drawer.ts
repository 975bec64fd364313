import { BellOff, BellRing, Link, MessageCircleQuestion, Stamp } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { type BatchGetContactsResponse, Channel, type Contact } from "../api/chorus/api/rights/v1/contact_pb.js";
import { type PostRights, RequestState, type RightsRequest, type Thread } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { postAddress } from "../app/router.js";
import { may } from "../app/session.js";
import { dateOf, nameOf, when } from "../app/words.js";
import "../post/takedowns.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import "../ui/picture.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "./attested.js";
import "./claim.js";
import { attestedBadge, columnBadge } from "./columns.js";
import { mailable, reach } from "./reach.js";
import "./receipts.js";
import type { Receipts } from "./receipts.js";
import "./thread.js";

interface Shown {
  post?: QueuedPost;
  rights?: PostRights;
  thread: Thread;
  reached: BatchGetContactsResponse;
}

/** What somebody is about to send: a message, and the link in it, if it has one. */
interface Given {
  request: string;
  link: string;
  message: string;
}

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
    return { rights: rights.rights[0], thread, reached, post: posts.posts[0] };
  }

  private async newLink(request: string): Promise<void> {
    await this.give(request, () => house().rights.createLink({ brand: this.brand, request }));
  }

  private async remind(request: string, channel: Channel): Promise<void> {
    const requestId = newRequestId();
    await this.give(request, () => house().rights.remind({ brand: this.brand, request, channel, requestId }));
  }

  /** Hands out what is to be sent; where nothing is, it is sent from the other side. */
  private async give(request: string, act: () => Promise<Omit<Given, "request">>): Promise<void> {
    try {
      const { link, message } = await persist(act);
      this.given = message ? { link, message, request } : undefined;
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
      ${rights ? html`<div class="row">${columnBadge(rights.column)}${attestedBadge(rights.attested)}</div><p><strong>${rights.summary}</strong></p>` : nothing}
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
  private tools({ post, rights, reached }: Shown) {
    if (!this.acts) {
      return nothing;
    }
    const open = rights?.requests.find((request) => request.state === RequestState.REQUESTED);
    const [contact] = reached.contacts;
    return html`${open ? this.waiting(open, contact, reached.mails) : nothing}
      ${contact?.barred ? html`<p class="barred">${icon(BellOff)}<span>${contact.barred.message}</span></p>` : nothing}
      ${post && !post.withdrawn
        ? html`<div class="row">
            ${contact?.barred ? nothing : html`<button @click=${() => this.tell("ask", post)}>${icon(MessageCircleQuestion)}${rights?.requests.length ? "Ask again" : `Ask ${nameOf(post.account)}`}</button>`}
            ${this.manages && !open ? html`<button @click=${() => this.tell("attest", post)}>${icon(Stamp)}${rights?.attested ? "We have another permission" : "We have permission already"}</button>` : nothing}
          </div>`
        : nothing}`;
  }

  private waiting(open: RightsRequest, contact: Contact | undefined, mails: boolean) {
    const saidYes = open.saidYesAt !== undefined;
    return html`<div class="stack">
      <p class="faint">${saidYes ? "Said yes in public, which grants nothing yet: the link does." : this.mail(contact)}</p>
      ${this.given?.request === open.request
        ? this.copies(this.given)
        : html`<div><button class=${saidYes ? "primary" : ""} @click=${() => void this.newLink(open.request)}>${icon(Link)}${saidYes ? "Send the link" : "Make a link to send again"}</button></div>
            ${saidYes || contact?.barred || contact?.mailAt ? nothing : this.reminders(open.request, contact, mails)}`}
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

  private copies({ message, link }: Given) {
    return html`<c-copy block label="message" .value=${message}></c-copy>${link ? html`<c-copy label="link" .value=${link}></c-copy>` : nothing}`;
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
