import { Link, Mail, RotateCcw } from "lucide";
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Claim, ClaimOutcome, GiveLinkResponse, Saying } from "../api/chorus/api/rights/v1/claim_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/copy.js";
import { icon } from "../ui/icon.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "../ui/time.js";
import { closedAs, often, OUTCOMES, reopens, wanted } from "./claim-words.js";
import { dueBadge } from "./clock.js";

/** Somebody says that a post is theirs: what they want, by when, and what can be done about it. Sends `changed`. */
@customElement("c-claim")
export class RightsClaim extends LitElement {
  @property() brand = "";
  @property() post = "";
  @property({ attribute: false }) claim!: Claim;
  /** Where the link can be mailed, as members see it; empty where it cannot. */
  @property() address = "";
  /** For curators: to answer. */
  @property({ type: Boolean }) mayAct = false;
  /** For rights managers: to read what was written, to hand out a link, and to take the post down. */
  @property({ type: Boolean }) manages = false;
  @state() private given?: GiveLinkResponse;
  @state() private takingDown = false;
  private readonly read = new Load<Saying[]>(this, () => this.find());

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("claim");
    if (before && before.claim !== this.claim.claim) {
      this.given = undefined;
      this.takingDown = false;
    }
    if (this.manages && changed.has("claim") && (before?.claim !== this.claim.claim || before.times !== this.claim.times)) {
      void this.read.again({ keep: true });
    }
  }

  private async find(): Promise<Saying[]> {
    const { sayings } = await house().rights.getClaim({ brand: this.brand, post: this.post });
    return sayings;
  }

  private get named() {
    return { brand: this.brand, post: this.post, claim: this.claim.claim, requestId: newRequestId() };
  }

  private async act<T>(send: () => Promise<T>, done: (answer: T) => string): Promise<void> {
    try {
      say({ text: done(await persist(send)) });
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  private mail(): void {
    const { named } = this;
    void this.act(() => house().rights.mailLink(named), ({ email }) => `The link is on its way to ${email}`);
  }

  private give(): void {
    const { named } = this;
    void this.act(() => house().rights.giveLink(named), (given) => {
      this.given = given;
      return "The link is made: send it to whom you have checked";
    });
  }

  private takeDown(): void {
    const { named } = this;
    void this.act(() => house().rights.takeDown(named), () => "Taken down: surfaces let go of it now");
  }

  private close(outcome: ClaimOutcome): void {
    const { named } = this;
    void this.act(() => house().rights.closeClaim({ ...named, outcome }), () => `Closed: ${closedAs(outcome).toLowerCase()}`);
  }

  private reopen(): void {
    const { named } = this;
    void this.act(() => house().rights.reopenClaim(named), () => "Open again");
  }

  override render() {
    const { claim } = this;
    const open = claim.closedAt === undefined;
    return html`<section class="card" aria-label="Says that it is theirs">
      <div class="row">
        ${open ? dueBadge(claim) : html`<span class="badge">${closedAs(claim.outcome)}</span>`}
        ${claim.kinds.map((kind) => html`<span class="badge">${wanted(kind)}</span>`)}
      </div>
      <p><strong>Somebody ${open ? "says" : "said"} that it is theirs</strong> <span class="faint"><c-time .at=${claim.openedAt}></c-time>${often(claim) ? `, ${often(claim)}` : ""}</span></p>
      ${this.manages ? this.written() : html`<p class="faint">What they wrote is shown to rights managers.</p>`}
      ${open ? this.ways() : this.closed()}
    </section>`;
  }

  private written() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (!now.value) {
      return skeletons(1);
    }
    return html`<ul class="stack" aria-label="What was written">
      ${now.value.map((saying) => this.saying(saying))}
    </ul>`;
  }

  private saying({ kind, at, words, email }: Saying) {
    return html`<li>
      <p class="faint">${wanted(kind)}, <c-time .at=${at}></c-time></p>
      ${words ? html`<blockquote>${words}</blockquote>` : html`<p class="soft">Nothing was written.</p>`}
      ${email ? html`<p><a href=${`mailto:${encodeURIComponent(email)}`}>${email}</a> <span class="faint">Anybody can have written this address.</span></p>` : nothing}
    </li>`;
  }

  /** Whoever answers checks first: that somebody says so proves nothing. */
  private ways() {
    if (!this.mayAct) {
      return nothing;
    }
    return html`
      ${this.given
        ? html`<c-copy block label="message" .value=${this.given.message}></c-copy><c-copy label="link" .value=${this.given.link}></c-copy>`
        : html`<p class="faint">Check who it is first, for example by a message to the account that the post comes from. Whoever has the link decides about the post, and about all that are shown by the same consent to later posts.</p>`}
      <div class="row">
        ${this.address ? html`<button @click=${() => this.mail()}>${icon(Mail)}Mail the link to ${this.address}</button>` : nothing}
        ${this.manages && !this.given ? html`<button @click=${() => this.give()}>${icon(Link)}Make a link to give</button>` : nothing}
        ${this.manages && !this.takingDown ? html`<button class="danger" @click=${() => (this.takingDown = true)}>Take the post down</button>` : nothing}
      </div>
      ${this.takingDown ? this.asking() : nothing}
      <div class="row" role="group" aria-label="Close it as">
        <span class="soft" aria-hidden="true">Close it as</span>
        ${OUTCOMES.map((outcome) => html`<button @click=${() => this.close(outcome)}>${closedAs(outcome)}</button>`)}
      </div>`;
  }

  private asking() {
    return html`<div class="asking" role="group" aria-label="Take the post down">
      <p>Every permission of this post ends, and so does an open question. This cannot be undone: to show it again, ask again.</p>
      <div class="row"><button @click=${() => (this.takingDown = false)}>Leave it</button><button class="danger" @click=${() => this.takeDown()}>Take it down</button></div>
    </div>`;
  }

  private closed() {
    const { claim } = this;
    return html`<p class="faint">Closed by ${claim.closedBy} <c-time .at=${claim.closedAt}></c-time></p>
      ${this.mayAct && reopens(claim) ? html`<div><button @click=${() => this.reopen()}>${icon(RotateCcw)}Open again</button></div>` : nothing}`;
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    css`
      .card,
      .asking,
      li {
        display: grid;
        gap: var(--space-2);
      }
      .card {
        gap: var(--space-3);
      }
      .asking {
        padding: var(--space-3);
        border: 1px solid var(--danger);
        border-radius: var(--radius);
      }
      blockquote {
        margin: 0;
        padding-inline-start: var(--space-3);
        border-inline-start: 3px solid var(--line);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      a {
        overflow-wrap: anywhere;
      }
      c-copy {
        inline-size: 100%;
      }
      button {
        max-inline-size: 100%;
        white-space: normal;
      }
    `,
  ];
}
