import { create } from "@bufbuild/protobuf";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Connector, type Source, type UploadTerms, UploadTermsSchema } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { slug } from "../app/slug.js";
import { firstQuestion, newest, type Question } from "../rights/request.js";
import "../rights/question-form.js";
import { base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { publicAddress } from "./addresses.js";
import { readSettings, type Setting, settingsOf } from "./schema.js";

/** Adds a source: first its kind, then what that kind needs, from the connector's own schema. Sends `close`. */
@customElement("c-add-source")
export class AddSource extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) connectors: Connector[] = [];
  @state() private kind?: Connector;
  @state() private named = "";
  @state() private consent?: { question: Question; surfaces: Surface[]; terms: TermsText[] };
  @state() private busy = false;
  @state() private why?: Refusal;
  @state() private made?: { source: Source; secret: string };

  private async choose(kind: Connector): Promise<void> {
    this.kind = kind;
    this.why = undefined;
    if (kind.connector === "upload") {
      try {
        await this.readConsent();
      } catch (error) {
        this.why = refusal(error);
      }
    }
  }

  /** Uploaders agree to the brand's newest terms, in the words of today: the source keeps its own copy. */
  private async readConsent(): Promise<void> {
    const { rights, publishing } = house();
    const [policy, terms, surfaces] = await Promise.all([
      rights.getPolicy({ brand: this.brand }).catch(() => undefined),
      rights.listTerms({ brand: this.brand }),
      publishing.listSurfaces({ brand: this.brand, pageSize: 100 }),
    ]);
    this.consent = { question: firstQuestion(policy, surfaces.surfaces, terms.terms), surfaces: surfaces.surfaces, terms: terms.terms };
  }

  private get uploadTerms(): UploadTerms | undefined {
    if (this.kind?.connector !== "upload" || !this.consent) {
      return undefined;
    }
    const { question, terms } = this.consent;
    const agreed = newest(terms).find(({ written }) => written.terms === question.terms);
    return create(UploadTermsSchema, { terms: agreed?.written, translations: agreed?.translations, scope: question.scope, surfaces: question.surfaces, days: question.days });
  }

  private readonly add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const request = {
      brand: this.brand,
      source: String(said.get("chorus-id")),
      connector: this.kind?.connector ?? "",
      title: this.named,
      settings: readSettings(this.settings, said),
      uploadTerms: this.uploadTerms,
      requestId: newRequestId(),
    };
    this.busy = true;
    this.why = undefined;
    try {
      const { source, secret } = await persist(() => house().ingest.createSource(request));
      this.made = source && { source, secret };
    } catch (error) {
      this.why = refusal(error);
    } finally {
      this.busy = false;
    }
    await this.updateComplete;
    this.renderRoot.querySelector(".wrong")?.scrollIntoView({ block: "center" });
  };

  private get settings(): Setting[] {
    return settingsOf(this.kind?.settingsSchema);
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new Event("close"));
  };

  override render() {
    const heading = this.made ? `${this.made.source.title} is added` : this.kind ? this.kind.title : "Add a source";
    return html`<c-dialog .heading=${heading} @close=${this.leave}>
      ${this.made ? this.done(this.made) : this.kind ? this.form(this.kind) : this.kinds()}
      <div slot="actions">${this.actions()}</div>
    </c-dialog>`;
  }

  private actions() {
    if (this.made) {
      return html`<button class="primary" @click=${this.leave}>Done</button>`;
    }
    return this.kind
      ? html`<button @click=${() => (this.kind = undefined)}>Back</button><button class="primary" ?disabled=${this.busy} @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>Add it</button>`
      : nothing;
  }

  private kinds() {
    return html`<div class="stack">
      ${this.connectors.map((kind) => html`<button class="kind" @click=${() => void this.choose(kind)}><strong>${kind.title}</strong><span class="soft">${kind.description}</span></button>`)}
    </div>`;
  }

  private form(kind: Connector) {
    return html`<form class="stack" @submit=${this.add}>
      <p class="soft">${kind.description}</p>
      <label>Title<input name="chorus-title" required maxlength="80" autocomplete="off" .value=${this.named} @input=${(event: Event) => (this.named = (event.target as HTMLInputElement).value)} />${this.wrong("title")}</label>
      <label>Id<input name="chorus-id" required pattern="[a-z0-9][a-z0-9\\-]{0,62}" autocomplete="off" .value=${slug(this.named)} /><span class="hint">Stands in addresses; it cannot be changed later.</span>${this.wrong("source")}</label>
      ${this.settings.map((setting) => this.setting(setting))}
      ${kind.connector === "upload" ? this.agreement() : nothing}
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  private setting(one: Setting) {
    const { name, label, required, start } = one;
    const wrong = this.wrong(`settings.${name}`, name);
    const hint = one.hint ? html`<span class="hint">${one.hint}</span>` : nothing;
    switch (one.kind) {
      case "boolean":
        return html`<label class="tick"><input type="checkbox" name=${name} ?checked=${start === "true"} />${label}</label>${hint}${wrong}`;
      case "choice":
        return html`<label>${label}<select name=${name}>${one.choices.map((choice) => html`<option ?selected=${choice === start}>${choice}</option>`)}</select>${hint}${wrong}</label>`;
      case "lines":
        return html`<label>${label}<textarea name=${name} rows="3" ?required=${required} .defaultValue=${start}></textarea>${hint}${wrong}</label>`;
      default: {
        const type = { text: "text", url: "url", secret: "password", number: "number" }[one.kind];
        return html`<label>${label}<input type=${type} name=${name} ?required=${required} .defaultValue=${start} autocomplete="off" />${hint}${wrong}</label>`;
      }
    }
  }

  private agreement() {
    const { consent } = this;
    if (!consent) {
      return nothing;
    }
    if (consent.terms.length === 0) {
      return html`<p class="card">Uploaders must have terms to agree to. <a href=${address(this.brand, "rights", { open: "terms" })}>Write them first</a>.</p>`;
    }
    return html`<h3>What uploaders agree to</h3>
      <c-question-form no-message .question=${consent.question} .surfaces=${consent.surfaces} .terms=${consent.terms} .fields=${this.why?.fields ?? {}} @question=${(event: CustomEvent<Question>) => (this.consent = { ...consent, question: event.detail })}></c-question-form>`;
  }

  private wrong(...fields: string[]) {
    const found = fields.map((field) => this.why?.fields[field]).find(Boolean);
    return found ? html`<span class="wrong" role="alert">${found}</span>` : nothing;
  }

  private done({ source, secret }: { source: Source; secret: string }) {
    const where = publicAddress(source, house().session.publicUrl);
    return html`<div class="stack">
      ${this.kind?.polled ? html`<p>Chorus looks at it now, and then again and again. Posts appear in the queue by themselves.</p>` : nothing}
      ${where ? html`<div class="field">Address<c-copy label="address" .value=${where}></c-copy></div>` : nothing}
      ${secret ? html`<div class="field">Signing secret<c-copy label="secret" .value=${secret}></c-copy><span class="hint">Shown only this once. Sign every request with it as Standard Webhooks describes.</span></div>` : nothing}
    </div>`;
  }

  static override styles = [
    base,
    controls,
    css`
      .kind {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-1);
        padding: var(--space-4);
        text-align: start;
        white-space: normal;
      }
      .kind span {
        font-weight: var(--weight);
      }
    `,
  ];
}
