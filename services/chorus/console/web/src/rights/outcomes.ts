import { CircleCheck, CircleX, Hourglass, SkipForward } from "lucide";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { grouped } from "../app/grouped.js";
import { count, handleOf, nameOf } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/copy.js";
import { icon } from "../ui/icon.js";
import type { Entry } from "./asking.js";

/** What became of many questions: how far it is, and each post with its link to send, or why there is none. */
@customElement("c-outcomes")
export class Outcomes extends LitElement {
  @property({ attribute: false }) entries: Entry[] = [];
  @property({ type: Boolean }) running = false;

  private amount(state: Entry["outcome"]["state"]): number {
    return this.entries.filter(({ outcome }) => outcome.state === state).length;
  }

  override render() {
    const all = this.entries.length;
    const done = all - this.amount("open");
    return html`<div class="stack">
      <div class="progress">
        <progress max=${all} .value=${done} aria-label="Posts dealt with"></progress>
        <p role="status">${this.running ? `${done} of ${all}…` : this.summary()}</p>
      </div>
      ${this.links ? html`<p class="soft">You send them yourself. Each link is for its creator alone, so never post one in public.</p>` : nothing}
      <ul>
        ${this.rows().map((entries) => html`<li>${this.row(entries)}</li>`)}
      </ul>
    </div>`;
  }

  private get links(): boolean {
    return this.entries.some(({ outcome }) => outcome.state === "asked" && outcome.link !== "");
  }

  private summary(): string {
    const parts: [number, string][] = [
      [this.amount("asked"), "asked"],
      [this.amount("skipped"), "left out"],
      [this.amount("failed"), "failed"],
      [this.amount("open"), "not sent yet"],
    ];
    const said = parts.filter(([amount]) => amount > 0).map(([amount, word]) => `${amount.toLocaleString()} ${word}`);
    return `Of ${count(this.entries.length, "post")}: ${said.join(", ")}.`;
  }

  /** Posts to which one link leads are one row; everything else is told post by post. */
  private rows(): Entry[][] {
    return grouped(this.entries, ({ outcome, requestId }) => (outcome.state === "asked" ? outcome.link : requestId));
  }

  private row([entry, ...more]: Entry[]): TemplateResult | typeof nothing {
    if (!entry) {
      return nothing;
    }
    const { post, outcome } = entry;
    const who = html`<span class="who"><strong class="cut">${nameOf(post.account)}</strong><span class="faint cut">${handleOf(post.account)}</span></span>`;
    switch (outcome.state) {
      case "asked":
        return html`<details>
          <summary>${who}<span class="badge ok">${icon(CircleCheck)}${more.length > 0 ? `Asked about ${count(more.length + 1, "post")}` : "Asked"}</span><span class="send">${more.length > 0 ? "One message" : "Message"}${outcome.link ? " and link" : ""}</span></summary>
          <div class="stack"><c-copy block label="message" .value=${outcome.message}></c-copy>${outcome.link ? html`<c-copy label="link" .value=${outcome.link}></c-copy>` : nothing}</div>
        </details>`;
      case "skipped":
        return html`<div class="line">${who}<span class="badge">${icon(SkipForward)}${outcome.why}</span></div>`;
      case "failed":
        return html`<div class="line">${who}<span class="badge bad">${icon(CircleX)}Failed</span></div><p class="wrong">${outcome.why}</p>`;
      default:
        return html`<div class="line">${who}<span class="badge">${icon(Hourglass)}${this.running ? "Waits" : "Not sent yet"}</span></div>`;
    }
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      progress {
        inline-size: 100%;
        block-size: var(--space-2);
        accent-color: var(--accent);
      }
      li {
        padding-block: var(--space-2);
        border-block-end: 1px solid var(--line);
      }
      summary,
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        min-block-size: var(--target);
      }
      summary {
        cursor: pointer;
      }
      details[open] summary {
        margin-block-end: var(--space-3);
      }
      .who {
        display: grid;
        flex: 1 1 8rem;
        min-inline-size: 0;
        line-height: 1.3;
      }
      .send {
        color: var(--accent);
        font-size: var(--text-12);
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }
    `,
  ];
}
