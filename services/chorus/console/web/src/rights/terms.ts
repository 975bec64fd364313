import { Languages } from "lucide";
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
import { icon } from "../ui/icon.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { type Version, versions } from "./request.js";

/** The brand's terms, every version as it was; a change is always a new version. */
@customElement("c-terms")
export class Terms extends LitElement {
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  /** What is being written: a next version, or, where `version` is named, a translation of it. */
  @state() private draft?: { terms: string; version: number; language: string; summary: string; text: string; minimumAge: number };
  @state() private why?: Refusal;
  private readonly read = new Load<TermsText[]>(this, async () => (await house().rights.listTerms({ brand: this.brand })).terms);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private readonly keep = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.target as HTMLFormElement)) as Record<string, string>;
    const version = this.draft?.version ?? 0;
    const terms = { terms: slug(said.terms ?? ""), version, language: (said.language ?? "").trim(), summary: said.summary ?? "", text: said.text ?? "", minimumAge: Number(said.minimumAge ?? 0) };
    try {
      await persist(() => house().rights.createTerms({ brand: this.brand, ...terms, requestId: newRequestId() }));
      this.draft = undefined;
      this.why = undefined;
      say({ text: version ? "The terms stand in one more language" : "A new version of the terms stands" });
      await this.read.again({ keep: true });
    } catch (error) {
      this.draft = terms;
      this.why = refusal(error);
    }
  };

  override render() {
    const fresh = { terms: "standard", language: "en", summary: "", text: "", minimumAge: 0 };
    const act = this.draft?.version ? "Add this translation" : "Add this version";
    return html`<c-dialog heading="Terms" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${this.draft ? this.form(this.draft) : this.all()}
      <div slot="actions">
        ${this.draft
          ? html`<button @click=${() => (this.draft = undefined)}>Back</button><button class="primary" form="draft">${act}</button>`
          : this.mayAct
            ? html`<button class="primary" @click=${() => (this.draft = { ...fresh, ...this.read.now.value?.[0], version: 0 })}>Write a version</button>`
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
      ${versions(now.value).map((version) => this.version(version))}
    </div>`;
  }

  private version({ written, translations }: Version) {
    return html`<section class="card stack">
      <div class="row spread">
        <div class="row"><strong>${written.terms}</strong> <span class="badge">version ${written.version}</span>${written.minimumAge ? html` <span class="badge">from ${written.minimumAge} years</span>` : nothing}</div>
        ${this.mayAct ? html`<button @click=${() => (this.draft = { ...written, language: "" })}>${icon(Languages)}Translate</button>` : nothing}
      </div>
      ${[written, ...translations].map(
        (text) => html`<details lang=${text.language}>
          <summary><span class="badge">${languageName(text.language)}</span><p class="soft" dir="auto">${text.summary}</p></summary>
          <pre dir="auto">${text.text}</pre>
          <p class="faint" lang="en">SHA-256 ${text.sha256}</p>
        </details>`,
      )}
    </section>`;
  }

  private form(draft: NonNullable<typeof this.draft>) {
    const wrong = (field: string) => (this.why?.fields[field] ? html`<span class="wrong" role="alert">${this.why.fields[field]}</span>` : nothing);
    return html`<form id="draft" class="stack" @submit=${this.keep}>
      <p class="soft">${draft.version ? `Version ${draft.version} in one more language. Creators read it where they know that language best.` : "A version is never changed: what creators agreed to stays as they read it."}</p>
      <div class="pair">
        <label>Name<input name="terms" required maxlength="63" ?readonly=${draft.version > 0} .value=${draft.terms} />${wrong("terms")}</label>
        <label>Language<input name="language" required maxlength="35" placeholder=${draft.version ? "de" : ""} .value=${draft.language} />${wrong("language")}</label>
      </div>
      <label>In short<textarea name="summary" required rows="3" .value=${draft.summary}></textarea><span class="hint">Three plain lines.</span>${wrong("summary")}</label>
      <label>In full<textarea name="text" required rows="10" .value=${draft.text}></textarea><span class="hint">Markdown.</span>${wrong("text")}</label>
      ${draft.version
        ? nothing
        : html`<label>Minimum age<input name="minimumAge" type="number" min="0" max="21" .value=${String(draft.minimumAge)} />
            <span class="hint">In years. Creators are asked when they were born, and whoever is younger needs a parent or guardian who agrees. 0 asks nobody.</span>${wrong("minimum_age")}</label>`}
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
        align-items: start;
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
