import { Download, Stamp } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Attestation, Proof } from "../api/chorus/api/rights/v1/attestation_pb.js";
import { type Grant, GrantState } from "../api/chorus/api/rights/v1/rights_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { dateOf, day, scopeInWords } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { say } from "../ui/status.js";
import { sizeInWords } from "./proof.js";

const ENDED: Partial<Record<GrantState, string>> = { [GrantState.ENDED]: "Ended by the brand", [GrantState.REVOKED]: "Ended by the creator", [GrantState.EXPIRED]: "Run out" };

/** One permission that the brand attested, with its proof, and the way to end it. Sends `ended`. */
@customElement("c-attested")
export class Attested extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) grant!: Grant;
  /** For rights managers: to open the proof, and to end it. */
  @property({ type: Boolean }) mayAct = false;
  @state() private ending = false;
  @state() private why?: Refusal;

  private readonly end = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const reason = String(new FormData(event.target as HTMLFormElement).get("reason"));
    const request = { brand: this.brand, grant: this.grant.grant, reason, requestId: newRequestId() };
    try {
      await persist(() => house().rights.endAttestation(request));
      this.ending = false;
      this.why = undefined;
      say({ text: "Ended: surfaces let go of it now" });
      this.dispatchEvent(new Event("ended"));
    } catch (error) {
      this.why = refusal(error);
    }
  };

  override render() {
    const said = this.grant.attestation;
    return said ? this.card(said) : nothing;
  }

  private card(said: Attestation) {
    const { state: stands, scope, validUntil } = this.grant;
    const until = dateOf(validUntil);
    return html`<section class="card" aria-label="Attested by the brand">
      <div class="row">
        <span class=${`badge ${stands === GrantState.ACTIVE ? "warn" : ""}`}>${icon(Stamp)}Attested</span>
        ${ENDED[stands] ? html`<span class="badge">${ENDED[stands]}</span>` : nothing}
      </div>
      <p><strong>The brand says: ${said.inWords}</strong></p>
      <p>${scopeInWords(scope)}, ${until ? `until ${day(until)}` : "without end"}</p>
      ${said.givenBy ? html`<p class="soft">Given by ${said.givenBy}</p>` : nothing}
      ${said.note ? html`<p class="soft note">${said.note}</p>` : nothing}
      ${said.proof?.sha256 ? this.proof(said.proof) : html`<p class="faint">The proof was erased with the post.</p>`}
      ${this.mayAct && stands === GrantState.ACTIVE ? this.ways() : nothing}
    </section>`;
  }

  private proof(proof: Proof) {
    return html`<div class="proof">
      <span><strong>${proof.name}</strong> <span class="faint">${sizeInWords(proof.size)}</span></span>
      <code>SHA-256 ${proof.sha256}</code>
      ${this.mayAct ? html`<div><a class="button" download href=${`/proof/${encodeURIComponent(this.brand)}/${encodeURIComponent(this.grant.grant)}`}>${icon(Download)}Save the proof</a></div>` : nothing}
    </div>`;
  }

  private ways() {
    if (!this.ending) {
      return html`<div><button class="danger" @click=${() => (this.ending = true)}>End this</button></div>`;
    }
    return html`<form class="stack" @submit=${this.end}>
      <label>Why it ends<textarea name="reason" rows="2" maxlength="2000" required></textarea>${this.why ? html`<span class="wrong" role="alert">${this.why.fields.reason ?? this.why.message}</span>` : nothing}</label>
      <div class="row"><button type="button" @click=${() => (this.ending = false)}>Leave it</button><button class="danger">End it</button></div>
    </form>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      .card,
      .proof {
        display: grid;
        gap: var(--space-2);
      }
      .note {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .proof {
        padding-block-start: var(--space-3);
        border-block-start: 1px solid var(--line);
      }
      code {
        overflow-wrap: anywhere;
        color: var(--ink-faint);
        font: var(--text-12) / var(--leading) var(--font-mono);
      }
    `,
  ];
}
