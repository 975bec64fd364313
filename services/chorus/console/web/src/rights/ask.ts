import { BellOff } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { type BatchGetContactsResponse, Channel, type Contact } from "../api/chorus/api/rights/v1/contact_pb.js";
import type { Standing, Template } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import type { Account } from "../api/chorus/api/types/v1/media_pb.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { grouped } from "../app/grouped.js";
import { capital, count, dateOf, handleOf, list, nameOf, when } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { icon } from "../ui/icon.js";
import { failed, skeletons, states } from "../ui/states.js";
import { type Askable, Asking, type Entry, isApproved, isOfTheQuestion, isRuled, ownerOf } from "./asking.js";
import "./outcomes.js";
import "./preview.js";
import "./question-form.js";
import { barred, masked, reach } from "./reach.js";
import { filled, filledInPublic, firstQuestion, type Question } from "./request.js";
import { canStand, standingUntil } from "./standing.js";
import "./standing-form.js";
import "./way.js";

export type { Askable } from "./asking.js";

interface Choices {
  surfaces: Surface[];
  terms: TermsText[];
  templates: Template[];
  brandName: string;
  hashtag: string;
  reached: BatchGetContactsResponse;
}

/** What the button does, and what is then to be done; by a link where nothing else is said. */
const ACTS: Partial<Record<Channel, string>> = { [Channel.EMAIL]: "send the e-mail", [Channel.REPLY]: "make the text" };
const SENT: Partial<Record<Channel, string>> = { [Channel.EMAIL]: "It is on its way", [Channel.REPLY]: "Post it in public" };

/** Asks creators for permission, one or many, and hands over what people send. Sends `asked` with the ids of what was approved on the way, and `close`. */
@customElement("c-ask")
export class Ask extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) posts: Askable[] = [];
  @state() private question?: Question;
  @state() private asking!: Asking;
  /** The question was sent: what became of it is shown, until somebody goes back to change it. */
  @state() private sent = false;
  @state() private approves = false;
  /** Until when what is posted later is asked for too; one for all, so that a creator can answer for all at once. */
  @state() private standing?: Standing;
  @state() private why?: Refusal;
  private readonly choices = new Load<Choices>(this, () => this.read());

  override connectedCallback(): void {
    super.connectedCallback();
    this.asking = new Asking(this.brand, this.posts, () => this.requestUpdate());
    void this.choices.again();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asking.stop();
  }

  private async read(): Promise<Choices> {
    const { brands, rights, publishing } = house();
    const [policy, contact, reached, terms, surfaces, templates, brand] = await Promise.all([
      rights.getPolicy({ brand: this.brand }).catch(() => undefined),
      rights.getContactPolicy({ brand: this.brand }),
      reach(this.brand, this.posts.map(({ post }) => post)),
      rights.listTerms({ brand: this.brand }),
      publishing.listSurfaces({ brand: this.brand, pageSize: 100 }),
      rights.listTemplates({ brand: this.brand, pageSize: 100 }),
      brands.getBrand({ brand: this.brand }).catch(() => undefined),
    ]);
    const first = firstQuestion(policy, surfaces.surfaces, terms.terms, this.posts.filter(isRuled));
    this.question = { ...first, reply: contact.policy?.reply || contact.usualReply };
    const hashtag = contact.policy?.hashtag || contact.usualHashtag;
    return { surfaces: surfaces.surfaces, terms: terms.terms, templates: templates.templates, brandName: brand?.displayName || this.brand, hashtag, reached };
  }

  private get unapproved(): number {
    return this.asking.left.filter(({ post }) => !isApproved(post)).length;
  }

  private readonly send = async (): Promise<void> => {
    if (!this.question || this.asking.running) {
      return;
    }
    this.why = undefined;
    this.sent = true;
    try {
      if (this.approves || !this.asking.many) {
        await this.asking.approve();
      }
      await this.asking.run(this.question, this.standing);
      const { why, many } = this.asking;
      this.why = why && (!many || isOfTheQuestion(why)) ? why : undefined;
    } catch (error) {
      this.why = refusal(error);
    }
    this.sent = this.why === undefined;
    this.dispatchEvent(new CustomEvent<string[]>("asked", { detail: this.asking.approved }));
  };

  private get heading(): string {
    const [first] = this.posts;
    return this.posts.length === 1 ? `Ask ${nameOf(first?.account)} for permission` : `Ask for permission for ${count(this.posts.length, "post")}`;
  }

  override render() {
    const [only] = this.asking.with("asked");
    const single = !this.asking.many && only?.outcome.state === "asked" ? only.outcome : undefined;
    return html`<c-dialog heading=${single ? this.sentHeading : this.heading} @close=${() => this.dispatchEvent(new Event("close"))}>
      ${single ? this.given(single) : this.sent && this.asking.many ? this.results() : this.form()}
      <div slot="actions">${single ? this.done() : this.sent && this.asking.many ? this.afterwards() : this.buttons()}</div>
    </c-dialog>`;
  }

  private form() {
    const { now } = this.choices;
    if (now.state === "error") {
      return failed(now.why, () => void this.choices.again());
    }
    if (now.state === "loading" || !this.question) {
      return html`<div class="stack">${skeletons(4)}</div>`;
    }
    const { surfaces, terms, templates, reached } = now.value;
    const put = (event: CustomEvent<Question>): void => {
      this.question = event.detail;
    };
    const fields = this.why?.fields ?? {};
    return html`<div class="stack">
      ${terms.length === 0 ? this.noTerms() : nothing}
      ${this.barring(barred(reached.contacts))}
      <c-question-form ?no-message=${this.inPublic} .question=${this.question} .surfaces=${surfaces} .terms=${terms} .templates=${templates} .fields=${fields} @question=${put}>
        <c-way .question=${this.question} .reached=${reached} .fields=${fields} .amount=${this.creators.length} @question=${put}></c-way>
      </c-question-form>
      ${this.later()}
      ${this.preview(now.value, this.question)}
      ${this.together()}
      ${this.asking.many && this.unapproved > 0 ? this.approval() : nothing}
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </div>`;
  }

  private get channel(): Channel {
    return this.question?.channel ?? Channel.LINK;
  }

  private get inPublic(): boolean {
    return this.channel === Channel.REPLY;
  }

  private preview({ brandName, hashtag }: Choices, question: Question) {
    const asked = this.inPublic ? this.asking.left : this.creators.flatMap(([first]) => first ?? []);
    const accounts = asked.map(({ post }) => post.account);
    const called = (account: Account | undefined): string => (this.inPublic && handleOf(account)) || nameOf(account);
    const texts = accounts.map((account) => (this.inPublic ? filledInPublic(question.reply, called(account), brandName, hashtag) : filled(question.message, called(account), brandName)));
    return html`<c-preview ?open=${this.inPublic} .creators=${accounts.map(called)} .texts=${texts}></c-preview>`;
  }

  /** Who may not be asked now, and why. */
  private barring(contacts: Contact[]) {
    const [first] = contacts;
    if (!first?.barred) {
      return nothing;
    }
    const why = this.asking.many ? `${count(contacts.length, "creator")} of these ${contacts.length === 1 ? "does" : "do"} not want to be asked, or ${contacts.length === 1 ? "was" : "were"} contacted often enough, and will be left out.` : first.barred.message;
    return html`<p class="card barred" role="note">${icon(BellOff)}<span>${why}</span></p>`;
  }

  private later() {
    const [one, ...more] = this.creators.filter(([entry]) => entry && canStand(entry.post)).map(([entry]) => entry?.post.account);
    if (!one) {
      return nothing;
    }
    const put = (event: CustomEvent<string>): void => {
      this.standing = event.detail ? standingUntil(event.detail) : undefined;
    };
    const until = dateOf(this.standing?.until);
    return html`<c-standing .creator=${more.length > 0 ? "" : handleOf(one) || nameOf(one)} .until=${until ? until.toISOString().slice(0, 10) : ""} .wrong=${this.why?.fields["standing.until"] ?? ""} @until=${put}></c-standing>`;
  }

  /** What is left, creator by creator. */
  private get creators(): Entry[][] {
    return grouped(this.asking.left, ({ post }) => ownerOf(post));
  }

  /** Who is asked about several posts gets one message; a third and further such creators are only counted. */
  private together() {
    const several = this.inPublic ? [] : this.creators.filter((entries) => entries.length > 1);
    const named = several.slice(0, 2).map((entries) => `${count(entries.length, "post")} by ${handleOf(entries[0]?.post.account) || nameOf(entries[0]?.post.account)}`);
    const more = several.length > 2 ? [count(several.length - 2, "more creator")] : [];
    const one = this.channel === Channel.EMAIL ? "One e-mail" : "One message and link";
    return several.length > 0 ? html`<p class="faint">${one} for each creator: ${list([...named, ...more])}.</p>` : nothing;
  }

  private approval() {
    return html`<label class="tick"><input type="checkbox" .checked=${this.approves} @change=${() => (this.approves = !this.approves)} />Approve the ${count(this.unapproved, "post")} that ${this.unapproved === 1 ? "is" : "are"} not approved yet; left out otherwise</label>`;
  }

  private noTerms() {
    const manager = may(house().session, this.brand, Role.RIGHTS_MANAGER);
    return html`<p class="card">There are no terms yet that a creator could agree to.
      ${manager ? html`<a href=${address(this.brand, "rights", { open: "terms" })}>Write them</a>` : "Ask a rights manager to write them."}</p>`;
  }

  private buttons() {
    const { terms = [], reached } = this.choices.now.value ?? {};
    const closed = !this.asking.many && barred(reached?.contacts ?? []).length > 0;
    const ready = this.question !== undefined && terms.length > 0 && !closed && !this.asking.running;
    return html`<button class="primary" ?disabled=${!ready || this.sent} @click=${this.send}>${this.sent ? "Asking…" : this.label}</button>`;
  }

  private get label(): string {
    if (this.asking.many) {
      return `Ask about ${count(this.asking.left.length - (this.approves ? 0 : this.unapproved), "post")}`;
    }
    const act = ACTS[this.channel] ?? "make the link";
    return this.unapproved > 0 ? `Approve and ${act}` : capital(act);
  }

  private done() {
    return html`<button class="primary" @click=${() => this.dispatchEvent(new Event("close"))}>Done</button>`;
  }

  private results() {
    return html`<c-outcomes .entries=${[...this.asking.entries]} ?running=${this.asking.running}></c-outcomes>`;
  }

  private afterwards() {
    const left = this.asking.left.length;
    if (this.asking.running) {
      return html`<button @click=${() => this.asking.stop()}>Stop</button>`;
    }
    return left === 0
      ? this.done()
      : html`<button @click=${() => (this.sent = false)}>Change the question</button><button class="primary" @click=${this.send}>Try again for ${count(left, "post")}</button>`;
  }

  private get sentHeading(): string {
    return SENT[this.channel] ?? "Send it to the creator";
  }

  private given({ link, message }: { link: string; message: string }) {
    return html`<div class="stack">
      <p class="soft">${this.whatNow}</p>
      <section class="stack">
        ${this.channel === Channel.EMAIL
          ? html`<c-preview .creators=${[nameOf(this.posts[0]?.account)]} .texts=${[message]}></c-preview>`
          : html`<h3>${nameOf(this.posts[0]?.account)}</h3><c-copy block label="message" .value=${message}></c-copy>`}
        ${link ? html`<c-copy label="link" .value=${link}></c-copy>` : nothing}
      </section>
    </div>`;
  }

  private get whatNow(): string {
    const { reached } = this.choices.now.value ?? {};
    const quiet = dateOf(reached?.quietUntil);
    const entered = this.question?.email.trim();
    switch (this.channel) {
      case Channel.EMAIL: {
        const to = entered ? masked(entered) : (reached?.contacts[0]?.email ?? "the creator");
        return `It goes to ${to} ${quiet ? `when quiet hours are over: ${when(quiet)}` : "in a minute"}. The thread on the rights board says whether it arrived.`;
      }
      case Channel.REPLY:
        return "Post it under the creator’s post. When the same account posts the code back, the card moves to the top of Asked: then send the link.";
      default:
        return "You send it yourself. The link is for the creator alone, so never post it in public. You can make another one on the rights board.";
    }
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      c-preview {
        min-inline-size: 0;
      }
      .barred {
        display: flex;
        gap: var(--space-3);
        background: var(--warn-soft);
        color: var(--warn);
      }
    `,
  ];
}
