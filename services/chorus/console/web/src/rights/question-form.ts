import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import type { Template } from "../api/chorus/api/rights/v1/rights_pb.js";
import type { Scope, TermsText } from "../api/chorus/api/types/v1/scope_pb.js";
import { scopeInWords, termInWords } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import { called, newest, type Question, shown, TERMS, widen } from "./request.js";
import "./scope-form.js";

/** Where, for what, how long, under which terms, in which words; its content stands before those. Sends `question`. */
@customElement("c-question-form")
export class QuestionForm extends LitElement {
  @property({ attribute: false }) question!: Question;
  @property({ attribute: false }) surfaces: Surface[] = [];
  @property({ attribute: false }) terms: TermsText[] = [];
  @property({ attribute: false }) templates: Template[] = [];
  @property({ attribute: false }) fields: Record<string, string> = {};
  /** For uploads, where nobody is written to, and where the words are others. */
  @property({ type: Boolean, attribute: "no-message" }) noMessage = false;
  /** For what nobody is asked for: where and for what alone. */
  @property({ type: Boolean, attribute: "only-scope" }) onlyScope = false;

  private put(change: Partial<Question>): void {
    this.dispatchEvent(new CustomEvent<Question>("question", { detail: { ...this.question, ...change } }));
  }

  private flip(surface: Surface): void {
    const on = this.question.surfaces.some((one) => one.surface === surface.surface);
    const surfaces = on ? this.question.surfaces.filter((one) => one.surface !== surface.surface) : [...this.question.surfaces, shown(surface)];
    this.put({ surfaces, scope: widen(this.question.scope, surfaces) });
  }

  override render() {
    const { question } = this;
    return html`
      ${this.where()}
      <details>
        <summary><span>${scopeInWords(question.scope)}</span><span class="change">Change</span></summary>
        <c-scope-form .scope=${question.scope} @scope=${(event: CustomEvent<Scope>) => this.put({ scope: event.detail })}></c-scope-form>
      </details>
      ${this.wrong("scope.uses")}
      ${this.onlyScope ? nothing : html`<div class="pair">${this.howLong()}${this.under()}</div>`}
      <slot></slot>
      ${this.noMessage || this.onlyScope ? nothing : this.message()}
    `;
  }

  private message() {
    return html`${this.templates.length > 0 ? this.words() : nothing}
    <label>Message
      <textarea rows="4" .value=${this.question.message} @input=${(event: Event) => this.put({ message: (event.target as HTMLTextAreaElement).value })}></textarea>
      <span class="hint">{creator}, {brand} and {link} are filled in.</span>
      ${this.wrong("message")}
    </label>`;
  }

  /** The template that the message is, as long as nobody changes a letter of it. */
  private words() {
    const same = this.templates.find((one) => one.message === this.question.message);
    const chosen = (event: Event): void => {
      const found = this.templates.find((one) => one.template === (event.target as HTMLSelectElement).value);
      if (found) {
        this.put({ message: found.message });
      }
    };
    return html`<label>Template
      <select @change=${chosen}>
        <option value="" ?selected=${!same}>Words of your own</option>
        ${this.templates.map((one) => html`<option value=${one.template} ?selected=${one === same}>${one.title}</option>`)}
      </select>
    </label>`;
  }

  private where() {
    const on = (surface: Surface): boolean => this.question.surfaces.some((one) => one.surface === surface.surface);
    return html`<fieldset>
      <legend>Where it would appear</legend>
      ${this.surfaces.length === 0 ? html`<p class="soft">You have no surface yet; the permission then covers the uses below.</p>` : nothing}
      ${this.surfaces.map(
        (surface) => html`<label class="tick"><input type="checkbox" .checked=${on(surface)} @change=${() => this.flip(surface)} /><span>${surface.title} <span class="faint">${surface.address}</span></span></label>`,
      )}
      ${this.wrong("surfaces")}
    </fieldset>`;
  }

  private howLong() {
    const known = TERMS.some(([days]) => days === this.question.days);
    const all = known ? TERMS : [...TERMS, [this.question.days, termInWords(this.question.days)] as [number, string]];
    return html`<label>How long
      <select @change=${(event: Event) => this.put({ days: Number((event.target as HTMLSelectElement).value) })}>
        ${all.map(([days, label]) => html`<option value=${days} ?selected=${days === this.question.days}>${label}</option>`)}
      </select>
    </label>`;
  }

  private under() {
    return html`<label>Terms
      <select @change=${(event: Event) => this.put({ terms: (event.target as HTMLSelectElement).value })}>
        ${newest(this.terms).map((version) => html`<option value=${version.written.terms} ?selected=${version.written.terms === this.question.terms}>${called(version)}</option>`)}
      </select>
      ${this.wrong("terms")}
    </label>`;
  }

  private wrong(field: string) {
    return this.fields[field] ? html`<span class="wrong" role="alert">${this.fields[field]}</span>` : nothing;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-4);
      }
      legend {
        padding: 0;
        font-weight: var(--weight-strong);
      }
      details {
        padding: var(--space-3);
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      summary {
        display: flex;
        justify-content: space-between;
        gap: var(--space-3);
        min-block-size: var(--target);
        cursor: pointer;
      }
      .change {
        color: var(--accent);
      }
      details[open] summary {
        margin-block-end: var(--space-3);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
        gap: var(--space-4);
      }
    `,
  ];
}
