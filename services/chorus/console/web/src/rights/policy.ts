import { create } from "@bufbuild/protobuf";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { PolicySchema, type Template } from "../api/chorus/api/rights/v1/rights_pb.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "./question-form.js";
import { firstQuestion, type Question } from "./request.js";

/** What is asked at first, and whether it is asked by itself when a post is approved. */
@customElement("c-policy")
export class PolicyForm extends LitElement {
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private question?: Question;
  @state() private byItself = false;
  @state() private why?: Refusal;
  private readonly read = new Load<{ surfaces: Surface[]; terms: TermsText[]; templates: Template[] }>(this, () => this.choices());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private async choices() {
    const { rights, publishing } = house();
    const [policy, terms, surfaces, templates] = await Promise.all([
      rights.getPolicy({ brand: this.brand }).catch(() => undefined),
      rights.listTerms({ brand: this.brand }),
      publishing.listSurfaces({ brand: this.brand, pageSize: 100 }),
      rights.listTemplates({ brand: this.brand, pageSize: 100 }),
    ]);
    this.byItself = policy?.askOnApproval ?? false;
    this.question = firstQuestion(policy, surfaces.surfaces, terms.terms);
    return { surfaces: surfaces.surfaces, terms: terms.terms, templates: templates.templates };
  }

  private readonly keep = async (): Promise<void> => {
    const policy = create(PolicySchema, { brand: this.brand, askOnApproval: this.byItself, ...this.question });
    try {
      await persist(() => house().rights.setPolicy({ brand: this.brand, policy, requestId: newRequestId() }));
      say({ text: "Kept" });
      this.dispatchEvent(new Event("close"));
    } catch (error) {
      this.why = refusal(error);
    }
  };

  override render() {
    return html`<c-dialog heading="What to ask" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${this.body()}
      <div slot="actions">${this.mayAct ? html`<button class="primary" ?disabled=${!this.question} @click=${this.keep}>Keep</button>` : html`<span class="faint">A rights manager can change this.</span>`}</div>
    </c-dialog>`;
  }

  private body() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading" || !this.question) {
      return html`<div class="stack">${skeletons(4)}</div>`;
    }
    return html`<div class="stack">
      <p class="soft">Every question to a creator starts from this; a curator can change it each time.</p>
      <label class="tick"><input type="checkbox" .checked=${this.byItself} @change=${() => (this.byItself = !this.byItself)} /><span>Ask by itself as soon as a post is approved<span class="hint">By e-mail where the creator’s address is known; else a link waits to be sent.</span></span></label>
      <c-question-form .question=${this.question} .surfaces=${now.value.surfaces} .terms=${now.value.terms} .templates=${now.value.templates} .fields=${this.why?.fields ?? {}} @question=${(event: CustomEvent<Question>) => (this.question = event.detail)}></c-question-form>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </div>`;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      .tick > span {
        display: grid;
      }
    `,
  ];
}
