import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { count, nameOf } from "../app/words.js";
import type { Ruled } from "../surfaces/rule.js";
import { base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { firstQuestion, type Question } from "./request.js";
import "./question-form.js";

interface Asked {
  creator: string;
  link: string;
  message: string;
}

/** What is needed of a post to ask for it, and what tells where it would appear, if that is known. */
export type Askable = Pick<QueuedPost, "post" | "revision" | "state" | "account"> & Partial<Ruled>;

const isRuled = (post: Askable): post is Askable & Ruled => post.collections !== undefined;

/** Asks creators for permission, and hands over the links to send. Sends `asked` after each, and `close`. */
@customElement("c-ask")
export class Ask extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) posts: Askable[] = [];
  @state() private question?: Question;
  @state() private asked: Asked[] = [];
  @state() private busy = false;
  @state() private why?: Refusal;
  private readonly choices = new Load<{ surfaces: Surface[]; terms: TermsText[] }>(this, () => this.read());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.choices.again();
  }

  private async read() {
    const { rights, publishing } = house();
    const [policy, terms, surfaces] = await Promise.all([
      rights.getPolicy({ brand: this.brand }).catch(() => undefined),
      rights.listTerms({ brand: this.brand }),
      publishing.listSurfaces({ brand: this.brand, pageSize: 100 }),
    ]);
    this.question = firstQuestion(policy, surfaces.surfaces, terms.terms, this.posts.filter(isRuled));
    return { surfaces: surfaces.surfaces, terms: terms.terms };
  }

  private get unapproved(): Askable[] {
    return this.posts.filter((post) => post.state !== State.APPROVED && post.state !== State.EDITED);
  }

  private readonly send = async (): Promise<void> => {
    this.busy = true;
    this.why = undefined;
    try {
      await this.approve();
      for (const post of this.posts.slice(this.asked.length)) {
        this.asked = [...this.asked, await this.ask(post)];
        this.dispatchEvent(new Event("asked"));
      }
    } catch (error) {
      this.why = refusal(error);
    } finally {
      this.busy = false;
    }
  };

  private async approve(): Promise<void> {
    const posts = this.unapproved.map(({ post, revision }) => ({ post, revision }));
    if (posts.length > 0) {
      await persist(() => house().curation.decide({ brand: this.brand, posts, state: State.APPROVED, requestId: newRequestId() }));
      this.posts = this.posts.map((post) => ({ ...post, state: State.APPROVED }));
    }
  }

  /** Rights hears of an approval a moment later than curation decides it: that wait is no refusal. */
  private async ask(post: Askable): Promise<Asked> {
    const request = { brand: this.brand, post: post.post, ...this.question, requestId: newRequestId() };
    const answer = await persist(() => house().rights.createRequest(request), { alsoWaitFor: ["NOT_APPROVED"] });
    return { creator: nameOf(post.account), link: answer.link, message: answer.message };
  }

  private get heading(): string {
    const [first] = this.posts;
    return this.posts.length === 1 ? `Ask ${nameOf(first?.account)} for permission` : `Ask for permission for ${count(this.posts.length, "post")}`;
  }

  override render() {
    const done = this.posts.length > 0 && this.asked.length === this.posts.length;
    return html`<c-dialog heading=${done ? "Send it to the creator" : this.heading} @close=${() => this.dispatchEvent(new Event("close"))}>
      ${done ? this.links() : this.form()}
      <div slot="actions">${done ? nothing : this.buttons()}</div>
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
    return html`<div class="stack">
      ${now.value.terms.length === 0 ? this.noTerms() : nothing}
      <c-question-form
        .question=${this.question}
        .surfaces=${now.value.surfaces}
        .terms=${now.value.terms}
        .fields=${this.why?.fields ?? {}}
        @question=${(event: CustomEvent<Question>) => (this.question = event.detail)}
      ></c-question-form>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </div>`;
  }

  private noTerms() {
    const manager = may(house().session, this.brand, Role.RIGHTS_MANAGER);
    return html`<p class="card">There are no terms yet that a creator could agree to.
      ${manager ? html`<a href=${address(this.brand, "rights", { open: "terms" })}>Write them</a>` : "Ask a rights manager to write them."}</p>`;
  }

  private buttons() {
    const ready = this.question !== undefined && (this.choices.now.value?.terms.length ?? 0) > 0;
    const label = this.unapproved.length > 0 ? "Approve and make the link" : "Make the link";
    return html`<button class="primary" ?disabled=${this.busy || !ready} @click=${this.send}>${this.busy ? "Asking…" : label}</button>`;
  }

  private links() {
    return html`<div class="stack">
      <p class="soft">Chorus sends nothing by itself. The link is for the creator alone, so never post it in public. You can make another one on the rights board.</p>
      ${this.asked.map(
        (one) => html`<section class="stack">
          <h3>${one.creator}</h3>
          <c-copy block label="message" .value=${one.message}></c-copy>
          <c-copy label="link" .value=${one.link}></c-copy>
        </section>`,
      )}
    </div>`;
  }

  static override styles = [base, controls, states];
}
