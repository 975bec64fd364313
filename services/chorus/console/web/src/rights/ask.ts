import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import type { Standing, Template } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { grouped } from "../app/grouped.js";
import { count, dateOf, handleOf, list, nameOf } from "../app/words.js";
import type { Ruled } from "../surfaces/rule.js";
import { base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { type Askable, Asking, type Entry, isApproved, isOfTheQuestion, ownerOf } from "./asking.js";
import "./outcomes.js";
import "./preview.js";
import "./question-form.js";
import { firstQuestion, type Question } from "./request.js";
import { canStand, standingUntil } from "./standing.js";
import "./standing-form.js";

export type { Askable } from "./asking.js";

interface Choices {
  surfaces: Surface[];
  terms: TermsText[];
  templates: Template[];
  brandName: string;
}

const isRuled = (post: Askable): post is Askable & Ruled => post.collections !== undefined;

/** Asks creators for permission, one or many, and hands over the links to send. Sends `asked` with the ids of what was approved on the way, and `close`. */
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
    const [policy, terms, surfaces, templates, brand] = await Promise.all([
      rights.getPolicy({ brand: this.brand }).catch(() => undefined),
      rights.listTerms({ brand: this.brand }),
      publishing.listSurfaces({ brand: this.brand, pageSize: 100 }),
      rights.listTemplates({ brand: this.brand, pageSize: 100 }),
      brands.getBrand({ brand: this.brand }).catch(() => undefined),
    ]);
    this.question = firstQuestion(policy, surfaces.surfaces, terms.terms, this.posts.filter(isRuled));
    return { surfaces: surfaces.surfaces, terms: terms.terms, templates: templates.templates, brandName: brand?.displayName || this.brand };
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
    return html`<c-dialog heading=${single ? "Send it to the creator" : this.heading} @close=${() => this.dispatchEvent(new Event("close"))}>
      ${single ? this.link(single) : this.sent && this.asking.many ? this.results() : this.form()}
      <div slot="actions">${single ? nothing : this.sent && this.asking.many ? this.afterwards() : this.buttons()}</div>
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
    const { surfaces, terms, templates, brandName } = now.value;
    return html`<div class="stack">
      ${terms.length === 0 ? this.noTerms() : nothing}
      <c-question-form
        .question=${this.question}
        .surfaces=${surfaces}
        .terms=${terms}
        .templates=${templates}
        .fields=${this.why?.fields ?? {}}
        @question=${(event: CustomEvent<Question>) => (this.question = event.detail)}
      ></c-question-form>
      ${this.later()}
      <c-preview .message=${this.question.message} .brandName=${brandName} .creators=${this.creators.map(([one]) => nameOf(one?.post.account))}></c-preview>
      ${this.together()}
      ${this.asking.many && this.unapproved > 0 ? this.approval() : nothing}
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </div>`;
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
    const several = this.creators.filter((entries) => entries.length > 1);
    const named = several.slice(0, 2).map((entries) => `${count(entries.length, "post")} by ${handleOf(entries[0]?.post.account) || nameOf(entries[0]?.post.account)}`);
    const more = several.length > 2 ? [count(several.length - 2, "more creator")] : [];
    return several.length > 0 ? html`<p class="faint">One message and link for each creator: ${list([...named, ...more])}.</p>` : nothing;
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
    const ready = this.question !== undefined && (this.choices.now.value?.terms.length ?? 0) > 0 && !this.asking.running;
    return html`<button class="primary" ?disabled=${!ready || this.sent} @click=${this.send}>${this.sent ? "Asking…" : this.label}</button>`;
  }

  private get label(): string {
    if (this.asking.many) {
      return `Ask about ${count(this.asking.left.length - (this.approves ? 0 : this.unapproved), "post")}`;
    }
    return this.unapproved > 0 ? "Approve and make the link" : "Make the link";
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
      ? html`<button class="primary" @click=${() => this.dispatchEvent(new Event("close"))}>Done</button>`
      : html`<button @click=${() => (this.sent = false)}>Change the question</button><button class="primary" @click=${this.send}>Try again for ${count(left, "post")}</button>`;
  }

  private link({ link, message }: { link: string; message: string }) {
    return html`<div class="stack">
      <p class="soft">Chorus sends nothing by itself. The link is for the creator alone, so never post it in public. You can make another one on the rights board.</p>
      <section class="stack">
        <h3>${nameOf(this.posts[0]?.account)}</h3>
        <c-copy block label="message" .value=${message}></c-copy>
        <c-copy label="link" .value=${link}></c-copy>
      </section>
    </div>`;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      c-preview {
        min-inline-size: 0;
      }
    `,
  ];
}
