import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Basis } from "../api/chorus/api/rights/v1/attestation_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { rightsTelling } from "../app/sending.js";
import { nameOf } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { type Askable, isRuled } from "./asking.js";
import { BASES, endOf, PROOFS, proofProblem } from "./proof.js";
import "./question-form.js";
import { firstQuestion, type Question } from "./request.js";

/** As long as a slow line may take for a proof; what the service does with it is short. */
const PATIENCE = 180_000;

/** Records a permission that the brand has from elsewhere, with its proof. Sends `attested`, and `close`. */
@customElement("c-attest")
export class Attest extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) post!: Askable;
  @state() private question?: Question;
  @state() private basis = Basis.CONTRACT;
  @state() private why?: Refusal;
  /** What share of the proof has left; undefined while nothing is sent. */
  @state() private sent?: number;
  /** One intention, however often it is sent; whoever changes anything means another. */
  private request = newRequestId();
  private readonly surfaces = new Load<Surface[]>(this, () => this.read());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.surfaces.again();
  }

  private async read(): Promise<Surface[]> {
    const { surfaces } = await house().publishing.listSurfaces({ brand: this.brand, pageSize: 100 });
    this.question = firstQuestion(undefined, surfaces, [], [this.post].filter(isRuled));
    return surfaces;
  }

  private readonly record = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { question } = this;
    const form = new FormData(event.target as HTMLFormElement);
    const file = form.get("proof") as File;
    const problem = proofProblem(file);
    this.why = problem ? { message: problem, reason: "", fields: { proof: problem }, passing: false } : undefined;
    if (problem || !question || this.sent !== undefined) {
      return this.showWrong();
    }
    this.sent = 0;
    try {
      await this.send(form, question, new Uint8Array(await file.arrayBuffer()), file.name);
      say({ text: "Recorded as attested by the brand" });
      this.dispatchEvent(new CustomEvent("attested"));
      this.dispatchEvent(new Event("close"));
    } catch (error) {
      this.why = refusal(error);
    } finally {
      this.sent = undefined;
    }
    await this.showWrong();
  };

  private send(form: FormData, { scope, surfaces }: Question, proof: Uint8Array, proofName: string) {
    const said = (name: string): string => String(form.get(name) ?? "");
    const permission = {
      brand: this.brand,
      post: this.post.post,
      scope,
      surfaces,
      validUntil: endOf(said("until")),
      basis: this.basis,
      other: said("other"),
      givenBy: said("given_by"),
      givenOn: said("given_on"),
      note: said("note"),
      credit: said("credit"),
      proof,
      proofName,
      requestId: this.request,
    };
    const rights = rightsTelling((share) => (this.sent = share));
    // Right after an approval rights may not have heard of it yet.
    return persist(() => rights.attestGrant(permission, { timeoutMs: PATIENCE }), { alsoWaitFor: ["NOT_APPROVED"] });
  }

  private async showWrong(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector(".wrong")?.scrollIntoView({ block: "center" });
  }

  override render() {
    const { now } = this.surfaces;
    return html`<c-dialog heading="We have permission already" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${now.state === "error" ? failed(now.why, () => void this.surfaces.again()) : now.value && this.question ? this.form(now.value, this.question) : html`<div class="stack">${skeletons(4)}</div>`}
      <div slot="actions">
        ${this.sent === undefined ? nothing : this.progress(this.sent)}
        <button class="primary" ?disabled=${!this.question || this.sent !== undefined} @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>Record it</button>
      </div>
    </c-dialog>`;
  }

  private progress(share: number) {
    const words = share < 1 ? `Sending the proof: ${Math.floor(share * 100)} %` : "Recording …";
    return html`<label class="progress" role="status">${words}<progress max="1" .value=${share}></progress></label>`;
  }

  private form(surfaces: Surface[], question: Question) {
    const name = nameOf(this.post.account);
    return html`<form class="stack" @submit=${this.record} @input=${() => (this.request = newRequestId())}>
      <p class="soft">For a permission from elsewhere. It is shown as the word of your brand everywhere, not as ${name}’s, and ends as soon as ${name} says otherwise.</p>
      ${this.right()}
      <div class="pair">
        <label>Given by<input name="given_by" maxlength="120" autocomplete="off" ?required=${this.basis !== Basis.OWN_CONTENT} /><span class="hint">A person or a company. ${name} can read this.</span>${this.wrong("given_by")}</label>
        <label>Given on<input name="given_on" type="date" required />${this.wrong("given_on")}</label>
      </div>
      <c-question-form only-scope .question=${question} .surfaces=${surfaces} .fields=${this.why?.fields ?? {}} @question=${(event: CustomEvent<Question>) => (this.question = event.detail)}></c-question-form>
      <div class="pair">
        <label>Until the end of<input name="until" type="date" /><span class="hint">Leave it empty where it has no end.</span>${this.wrong("valid_until")}</label>
        <label>Named as<input name="credit" maxlength="80" autocomplete="off" placeholder=${name} />${this.wrong("credit")}</label>
      </div>
      <label>Proof<input name="proof" type="file" accept=${PROOFS} /><span class="hint">A PDF, JPEG, PNG or an e-mail as text, of 5 MB at most. Rights managers alone can open it.</span>${this.wrong("proof")}</label>
      <label>Note<textarea name="note" rows="2" maxlength="2000"></textarea><span class="hint">For your colleagues; ${name} does not see it.</span>${this.wrong("note")}</label>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  private right() {
    return html`<fieldset class="right">
      <legend>By what right</legend>
      ${BASES.map(([basis, label]) => html`<label class="tick"><input type="radio" name="basis" .checked=${basis === this.basis} @change=${() => (this.basis = basis)} />${label}</label>`)}
      ${this.wrong("basis")}
      ${this.basis === Basis.OTHER ? html`<label>What it is<input name="other" required maxlength="80" autocomplete="off" placeholder="Model release" />${this.wrong("other")}</label>` : nothing}
    </fieldset>`;
  }

  private wrong(field: string) {
    const found = this.why?.fields[field];
    return found ? html`<span class="wrong" role="alert">${found}</span>` : nothing;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      legend {
        padding: 0;
        font-weight: var(--weight-strong);
      }
      .right label:not(.tick) {
        margin-block-start: var(--space-2);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
        align-items: start;
        gap: var(--space-4);
      }
      .progress {
        flex: 1;
        align-content: center;
        font-weight: var(--weight);
        font-size: var(--text-12);
      }
      progress {
        inline-size: 100%;
        accent-color: var(--accent);
      }
    `,
  ];
}
