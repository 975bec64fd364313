import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type BatchGetContactsResponse, Channel } from "../api/chorus/api/rights/v1/contact_pb.js";
import { count, dateOf, when } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import type { Question } from "./request.js";

const WAYS: [channel: Channel, label: string, hint: string][] = [
  [Channel.LINK, "Copy a link", "You send it yourself, by direct message."],
  [Channel.EMAIL, "E-mail", "Chorus sends it, in a minute, with the link."],
  [Channel.REPLY, "Reply in public", "You post a text without a link under the creator’s post."],
];

/** By which way creators are asked, and what that needs. Sends `question` at every change. */
@customElement("c-way")
export class WayForm extends LitElement {
  @property({ attribute: false }) question!: Question;
  @property({ attribute: false }) reached!: BatchGetContactsResponse;
  @property({ attribute: false }) fields: Record<string, string> = {};
  /** How many creators are asked. */
  @property({ type: Number }) amount = 1;

  private put(change: Partial<Question>): void {
    this.dispatchEvent(new CustomEvent<Question>("question", { detail: { ...this.question, ...change } }));
  }

  override render() {
    return html`<fieldset>
        <legend>How to ask</legend>
        <div class="ways">${WAYS.map((way) => this.way(...way))}</div>
      </fieldset>
      ${this.question.channel === Channel.EMAIL ? this.email() : nothing}
      ${this.question.channel === Channel.REPLY ? this.reply() : nothing}`;
  }

  private way(channel: Channel, label: string, hint: string): TemplateResult {
    const closed = channel === Channel.EMAIL && !this.reached.mails;
    return html`<label class="way" ?data-closed=${closed}>
      <input type="radio" name="way" ?disabled=${closed} .checked=${this.question.channel === channel} @change=${() => this.put({ channel })} />
      <span>${label}<span class="hint">${closed ? "This installation sends no e-mail." : hint}</span></span>
    </label>`;
  }

  private email() {
    const known = this.reached.contacts.filter((contact) => contact.email);
    const quiet = dateOf(this.reached.quietUntil);
    return html`${this.amount === 1 ? this.address(known[0]?.email ?? "") : html`<p class="soft">${this.unknown(known.length)}</p>`}
      ${quiet ? html`<p class="soft">Nobody is written to at this hour: it waits until ${when(quiet)}.</p>` : nothing}`;
  }

  private unknown(known: number): string {
    const without = this.amount - known;
    return without > 0 ? `The e-mail addresses of ${count(without, "creator")} are not known; they are left out.` : "The e-mail addresses of all of them are known.";
  }

  private address(known: string) {
    return html`<label>E-mail address
      <input type="email" autocomplete="off" placeholder=${known} .value=${this.question.email} @input=${(event: Event) => this.put({ email: (event.target as HTMLInputElement).value })} />
      <span class="hint">${known ? `${known} is known; another one takes its place.` : "Kept encrypted, and shown to nobody in full again."}</span>
      ${this.wrong("email")}
    </label>`;
  }

  private reply() {
    return html`<label>Text for the public
      <textarea rows="4" .value=${this.question.reply} @input=${(event: Event) => this.put({ reply: (event.target as HTMLTextAreaElement).value })}></textarea>
      <span class="hint">{creator}, {brand}, {hashtag} and {code} are filled in. It holds no link: whoever read it could answer.</span>
      ${this.wrong("message")}
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
        padding: 0 0 var(--space-1);
        font-weight: var(--weight-strong);
      }
      .ways {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
        gap: var(--space-2);
      }
      @media (width < 30rem) {
        .ways {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .way {
        display: flex;
        align-items: start;
        gap: var(--space-2);
        padding: var(--space-3);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        cursor: pointer;
      }
      .way:has(:checked) {
        border-color: var(--accent);
        box-shadow: inset 0 0 0 1px var(--accent);
      }
      .way > span {
        display: grid;
      }
      .way[data-closed] {
        color: var(--ink-faint);
        cursor: not-allowed;
      }
    `,
  ];
}
