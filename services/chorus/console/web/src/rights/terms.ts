import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { slug } from "../app/slug.js";
import { languageName } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";

/** The brand's terms, every version as it was; a change is always a new version. */
@customElement("c-terms")
export class Terms extends LitElement {
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private draft?: { terms: string; language: string; summary: string; text: string };
  @state() private why?: Refusal;
  private readonly read = new Load<TermsText[]>(this, async () => (await house().rights.listTerms({ brand: this.brand })).terms);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private readonly keep = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.target as HTMLFormElement)) as Record<string, string>;
    const terms = { terms: slug(said.terms ?? ""), language: (said.language ?? "").trim(), summary: said.summary ?? "", text: said.text ?? "" };
    try {
      await persist(() => house().rights.createTerms({ brand: this.brand, ...terms, requestId: newRequestId() }));
      this.draft = undefined;
      this.why = undefined;
      say({ text: "A new version of the terms stands" });
      await this.read.again({ keep: true });
    } catch (error) {
      this.draft = terms;
      this.why = refusal(error);
    }
  };

  override render() {
    const fresh = { terms: "standard", language: "en", summary: "", text: "" };
    return html`<c-dialog heading="Terms" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${this.draft ? this.form(this.draft) : this.all()}
      <div slot="actions">
        ${this.draft
          ? html`<button @click=${() => (this.draft = undefined)}>Back</button><button class="primary" form="draft" @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>Add this version</button>`
          : this.mayAct
            ? html`<button class="primary" @click=${() => (this.draft = { ...fresh, ...this.read.now.value?.[0] })}>Write a version</button>`
            : html`<span class="faint">A rights manager can write a version.</span>`}
      </div>
    </c-dialog>`;
  }

  private all() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return html`<div class="stack">${skeletons(2)}</div>`;
    }
    return html`<div class="stack">
      ${now.value.length === 0 ? html`<p class="soft">There are no terms yet. Creators read them in full before they answer, with your three-line summary first.</p>` : nothing}
      ${now.value.map(
        (text) => html`<details class="card">
          <summary><strong>${text.terms}</strong> <span class="badge">version ${text.version}</span> <span class="badge">${languageName(text.language)}</span><p class="soft">${text.summary}</p></summary>
          <pre>${text.text}</pre>
          <p class="faint">SHA-256 ${text.sha256}</p>
        </details>`,
      )}
    </div>`;
  }

  private form(draft: NonNullable<typeof this.draft>) {
    const wrong = (field: string) => (this.why?.fields[field] ? html`<span class="wrong" role="alert">${this.why.fields[field]}</span>` : nothing);
    return html`<form id="draft" class="stack" @submit=${this.keep}>
      <p class="soft">A version is never changed: what creators agreed to stays as they read it.</p>
      <div class="pair">
        <label>Name<input name="terms" required maxlength="63" .value=${draft.terms} />${wrong("terms")}</label>
        <label>Language<input name="language" required maxlength="35" .value=${draft.language} />${wrong("language")}</label>
      </div>
      <label>In short<textarea name="summary" required rows="3" .value=${draft.summary}></textarea><span class="hint">Three plain lines.</span>${wrong("summary")}</label>
      <label>In full<textarea name="text" required rows="10" .value=${draft.text}></textarea><span class="hint">Markdown.</span>${wrong("text")}</label>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    css`
      .pair {
        display: grid;
        grid-template-columns: 2fr 1fr;
        gap: var(--space-4);
      }
      summary {
        cursor: pointer;
      }
      summary p {
        white-space: pre-line;
      }
      pre {
        white-space: pre-wrap;
        font: inherit;
      }
    `,
  ];
}
