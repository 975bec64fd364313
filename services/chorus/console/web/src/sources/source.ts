import { Pause, Play, RefreshCw, Trash2 } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Connector, type Source, SourceHealth } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { count } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { icon } from "../ui/icon.js";
import { say } from "../ui/status.js";
import "../ui/time.js";
import { publicAddress } from "./addresses.js";
import { healthOf, sparkline } from "./health.js";

/** One source: its health in words, its last and next look, and what can be done about it. Sends `renewed`. */
@customElement("c-source")
export class SourceCard extends LitElement {
  @property({ attribute: false }) source!: Source;
  @property({ attribute: false }) connector?: Connector;
  @property() brand = "";
  @state() private ending = false;

  private async run(act: () => Promise<Source>, done: string): Promise<void> {
    try {
      this.dispatchEvent(new CustomEvent("renewed", { detail: await persist(act) }));
      say({ text: done });
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  private look(): void {
    const { brand, source } = this.source;
    void this.run(() => house().ingest.lookNow({ brand, source }), `Looking at ${this.source.title} now`);
  }

  private pause(paused: boolean): void {
    const { brand, source, title, settings } = this.source;
    const request = { brand, source, title, settings, paused, requestId: newRequestId() };
    void this.run(() => house().ingest.updateSource(request), paused ? `${title} is paused` : `${title} goes on`);
  }

  private async end(): Promise<void> {
    const { brand, source, title } = this.source;
    this.ending = false;
    try {
      await persist(() => house().ingest.deleteSource({ brand, source, requestId: newRequestId() }));
      say({ text: `${title} is no longer looked at. Its posts stay.` });
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  override render() {
    const { source } = this;
    const health = healthOf(source, this.connector?.polled ?? false);
    const where = publicAddress(source, house().session.publicUrl);
    return html`<article class="card">
      <div class="what">
        <h2><a href=${address(this.brand, "queue", { state: "all", source: source.source })}>${source.title}</a></h2>
        <p class="soft">${this.connector?.title ?? source.connector} · ${count(source.posts, "post")}</p>
        ${this.looks()}
      </div>
      <div class="health">
        <span class=${`badge ${health.tone}`}>${health.label}</span>
        ${source.lastError && source.health === SourceHealth.FAILING ? html`<p class="wrong">${source.lastError}</p>` : nothing}
      </div>
      ${this.line()}
      <div class="row tools">${this.tools()}</div>
      ${where ? html`<c-copy class="wide" label="address" .value=${where}></c-copy>` : nothing}
      ${this.ending ? this.confirm() : nothing}
    </article>`;
  }

  private looks() {
    const { source } = this;
    return this.connector?.polled
      ? html`<p class="faint">${source.lastLookAt ? html`Looked <c-time .at=${source.lastLookAt}></c-time>` : "Not looked yet"}${source.nextLookAt ? html`, next <c-time .at=${source.nextLookAt}></c-time>` : nothing}</p>`
      : nothing;
  }

  private line() {
    const days = this.source.postsADay;
    const sum = days.reduce((all, posts) => all + posts, 0);
    return days.length > 1
      ? html`<svg class="line" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${`${count(sum, "post")} in ${days.length} days`}><polyline points=${sparkline(days)} /></svg>`
      : html`<span></span>`;
  }

  private tools() {
    const { session } = house();
    const paused = this.source.health === SourceHealth.PAUSED;
    const owns = may(session, this.brand, Role.ADMIN);
    return html`
      ${this.connector?.polled && !paused && may(session, this.brand, Role.CURATOR) ? html`<button @click=${() => this.look()}>${icon(RefreshCw)}Look now</button>` : nothing}
      ${owns ? html`<button @click=${() => this.pause(!paused)}>${icon(paused ? Play : Pause)}${paused ? "Go on" : "Pause"}</button>` : nothing}
      ${owns ? html`<button class="quiet icon danger" aria-label=${`Remove ${this.source.title}`} @click=${() => (this.ending = true)}>${icon(Trash2)}</button>` : nothing}
    `;
  }

  private confirm() {
    return html`<c-dialog kind="small" heading=${`Remove ${this.source.title}?`} @close=${() => (this.ending = false)}>
      <p>Chorus stops looking at it. Posts that came from it stay, with their permissions.</p>
      <div slot="actions"><button @click=${() => (this.ending = false)}>Keep it</button><button class="danger" @click=${() => void this.end()}>Remove</button></div>
    </c-dialog>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      article {
        display: grid;
        grid-template-columns: minmax(12rem, 2fr) minmax(9rem, 1.5fr) 6.5rem minmax(17.25rem, auto);
        align-items: center;
        gap: var(--space-2) var(--space-4);
      }
      h2 a {
        color: inherit;
        text-decoration: none;
      }
      h2 a:hover {
        text-decoration: underline;
      }
      .line {
        inline-size: 100%;
        block-size: 2rem;
      }
      polyline {
        fill: none;
        stroke: var(--accent);
        stroke-width: 1.5;
        vector-effect: non-scaling-stroke;
      }
      .tools {
        justify-content: end;
        flex-wrap: nowrap;
      }
      .wide {
        grid-column: 1 / -1;
      }
      .wrong {
        margin-block-start: var(--space-1);
        overflow-wrap: anywhere;
      }
      @media (width < 48rem) {
        article {
          grid-template-columns: minmax(0, 1fr) 6rem;
        }
        .what {
          grid-column: 1 / -1;
        }
        .tools {
          grid-column: 1 / -1;
          justify-content: start;
        }
      }
    `,
  ];
}
