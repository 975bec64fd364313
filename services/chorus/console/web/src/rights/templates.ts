import { html, css, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Template } from "../api/chorus/api/rights/v1/rights_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { slug } from "../app/slug.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "./preview.js";
import { filled, MESSAGE } from "./request.js";

const SOMEBODY = "Mira Example";

/** A template being written; a new one has no id yet. */
type Draft = Pick<Template, "template" | "title" | "message">;

/** The words that a brand keeps to ask with. */
@customElement("c-templates")
export class Templates extends LitElement {
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private draft?: Draft;
  /** The id of the one that somebody is about to delete. */
  @state() private doomed = "";
  @state() private why?: Refusal;
  private brandName = "";
  private readonly read = new Load<Template[]>(this, () => this.all());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private async all(): Promise<Template[]> {
    const { brands, rights } = house();
    const [templates, brand] = await Promise.all([rights.listTemplates({ brand: this.brand, pageSize: 100 }), brands.getBrand({ brand: this.brand }).catch(() => undefined)]);
    this.brandName = brand?.displayName || this.brand;
    return templates.templates;
  }

  private readonly keep = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!this.draft) {
      return;
    }
    const { template, title, message } = this.draft;
    const said = { brand: this.brand, template: template || slug(title) || newRequestId(), title, message, requestId: newRequestId() };
    const { rights } = house();
    if (await this.done(() => (template ? rights.updateTemplate(said) : rights.createTemplate(said)))) {
      this.draft = undefined;
      say({ text: "Kept" });
    }
  };

  private async discard(template: string): Promise<void> {
    this.doomed = "";
    if (await this.done(() => house().rights.deleteTemplate({ brand: this.brand, template, requestId: newRequestId() }))) {
      say({ text: "Deleted" });
    }
  }

  private async done(act: () => Promise<unknown>): Promise<boolean> {
    this.why = undefined;
    try {
      await persist(act);
      await this.read.again({ keep: true });
      return true;
    } catch (error) {
      this.why = refusal(error);
      return false;
    }
  }

  override render() {
    return html`<c-dialog heading="Templates" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${this.draft ? this.form(this.draft) : this.list()}
      <div slot="actions">${this.actions()}</div>
    </c-dialog>`;
  }

  private actions() {
    if (this.draft) {
      return html`<button @click=${() => this.write()}>Back</button><button class="primary" @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>Keep it</button>`;
    }
    return this.mayAct
      ? html`<button class="primary" @click=${() => this.write({ template: "", title: "", message: MESSAGE })}>Write a template</button>`
      : html`<span class="faint">A rights manager can write and change templates.</span>`;
  }

  private write(draft?: Draft): void {
    this.draft = draft;
    this.why = undefined;
  }

  private list() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return html`<div class="stack">${skeletons(2)}</div>`;
    }
    return html`<div class="stack">
      ${now.value.length === 0 ? html`<p class="soft">There are no templates yet. What is written here can be chosen whenever a creator is asked.</p>` : nothing}
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
      ${now.value.map((template) => this.template(template))}
    </div>`;
  }

  private template(template: Template) {
    const doomed = this.doomed === template.template;
    return html`<section class="card" aria-label=${template.title}>
      <h3>${template.title}</h3>
      <p class="soft">${template.message}</p>
      ${this.mayAct
        ? html`<div class="row">
            <button @click=${() => this.write(template)}>Change</button>
            ${doomed
              ? html`<button class="danger" @click=${() => void this.discard(template.template)}>Delete it</button><button @click=${() => (this.doomed = "")}>Keep it</button>`
              : html`<button class="quiet danger" @click=${() => (this.doomed = template.template)}>Delete</button>`}
          </div>`
        : nothing}
    </section>`;
  }

  private form(draft: Draft) {
    const wrong = (field: string) => (this.why?.fields[field] ? html`<span class="wrong" role="alert">${this.why.fields[field]}</span>` : nothing);
    const put = (name: "title" | "message") => (event: Event) => (this.draft = { ...draft, [name]: (event.target as HTMLInputElement | HTMLTextAreaElement).value });
    return html`<form class="stack" @submit=${this.keep}>
      <label>Name<input required maxlength="80" autocomplete="off" autofocus .value=${draft.title} @input=${put("title")} />${wrong("title")}${wrong("template")}</label>
      <label>Message
        <textarea required rows="6" maxlength="2000" .value=${draft.message} @input=${put("message")}></textarea>
        <span class="hint">{creator}, {brand} and {link} are filled in.</span>${wrong("message")}
      </label>
      <c-preview .creators=${[SOMEBODY]} .texts=${[filled(draft.message, SOMEBODY, this.brandName)]}></c-preview>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      .card {
        display: grid;
        gap: var(--space-2);
      }
      .card .soft {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}
