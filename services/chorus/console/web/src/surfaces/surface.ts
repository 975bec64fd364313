import { CircleHelp, KeyRound, Pause, Pencil, Play } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Surface, SurfaceAccess } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { count, scopeInWords } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";
import { icon } from "../ui/icon.js";
import { say } from "../ui/status.js";
import "../ui/time.js";
import "./preview.js";
import "./why.js";

/** One surface: what it shows now, its rule in words, its addresses. Sends `renewed` with what it has become. */
@customElement("c-surface")
export class SurfaceCard extends LitElement {
  @property({ attribute: false }) surface!: Surface;
  @property() brand = "";
  @state() private open: "" | "why" | "pause" | "key" = "";
  @state() private key = "";

  private async run<T>(act: () => Promise<T>, done: (answer: T) => Surface | undefined, words: string): Promise<void> {
    this.open = "";
    try {
      const renewed = done(await persist(act));
      this.dispatchEvent(new CustomEvent("renewed", { detail: renewed ?? this.surface }));
      say({ text: words });
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  private get named() {
    return { brand: this.brand, surface: this.surface.surface, requestId: newRequestId() };
  }

  private pause(): void {
    const request = this.named;
    void this.run(() => house().publishing.pauseSurface(request), (surface) => surface, `${this.surface.title} is paused`);
  }

  private resume(): void {
    const request = this.named;
    void this.run(() => house().publishing.resumeSurface(request), (surface) => surface, `${this.surface.title} shows posts again`);
  }

  private rotate(): void {
    const request = this.named;
    const keep = (answer: { surface?: Surface; key: string }): Surface | undefined => {
      this.key = answer.key;
      return answer.surface;
    };
    void this.run(() => house().publishing.rotateKey(request), keep, "The old key no longer works");
  }

  override render() {
    const { surface } = this;
    return html`<article class="card">
      <header class="row spread">
        <div>
          <h2>${surface.title}</h2>
          ${/^https?:/.test(surface.address) ? html`<a class="faint" href=${surface.address} target="_blank" rel="noopener noreferrer">${surface.address}</a>` : html`<span class="faint">${surface.address}</span>`}
        </div>
        <div class="row">
          ${surface.paused ? html`<span class="badge warn">Paused</span>` : html`<span class="badge ok">${count(surface.live, "post")} live</span>`}
          <span class="faint">changed <c-time .at=${surface.changedAt}></c-time></span>
        </div>
      </header>
      <c-surface-preview .surface=${surface} .brand=${this.brand} .version=${`${surface.changedAt?.seconds} ${surface.live} ${surface.paused}`}></c-surface-preview>
      <dl>
        <dt>Shows</dt>
        <dd>${surface.ruleText}</dd>
        <dt>Needs</dt>
        <dd>${scopeInWords(surface.scope)}</dd>
        <dt>Read by</dt>
        <dd>${surface.access === SurfaceAccess.KEY ? "whoever has its key" : "everybody"}</dd>
      </dl>
      <div class="row">${this.tools()}</div>
      ${this.key ? html`<div class="field">New key<c-copy label="key" .value=${this.key}></c-copy><span class="hint">Shown only this once.</span></div>` : nothing}
      ${this.addresses()}
      ${this.dialogs()}
    </article>`;
  }

  private tools() {
    const { session } = house();
    const owns = may(session, this.brand, Role.ADMIN);
    const { paused, access } = this.surface;
    return html`
      <button @click=${() => (this.open = "why")}>${icon(CircleHelp)}Why is a post here?</button>
      ${owns ? html`<a class="button" href=${address(this.brand, "surfaces", { open: this.surface.surface })}>${icon(Pencil)}Edit</a>` : nothing}
      ${!paused && may(session, this.brand, Role.CURATOR) ? html`<button class="danger" @click=${() => (this.open = "pause")}>${icon(Pause)}Pause</button>` : nothing}
      ${paused && owns ? html`<button @click=${() => this.resume()}>${icon(Play)}Show again</button>` : nothing}
      ${owns && access === SurfaceAccess.KEY ? html`<button @click=${() => (this.open = "key")}>${icon(KeyRound)}New key</button>` : nothing}
    `;
  }

  private addresses() {
    const { surface } = this;
    return html`<details>
      <summary>Put it on a page</summary>
      <div class="stack">
        <div class="field">On a web page<c-copy block label="snippet" .value=${surface.snippet}></c-copy></div>
        <div class="field">JSON Feed<c-copy label="JSON Feed address" .value=${surface.feedJsonUrl}></c-copy></div>
        <div class="field">Atom<c-copy label="Atom address" .value=${surface.feedAtomUrl}></c-copy></div>
        <div class="field">Changes, for whoever keeps copies<c-copy label="changes address" .value=${surface.changesUrl}></c-copy></div>
      </div>
    </details>`;
  }

  private dialogs() {
    const close = (): void => {
      this.open = "";
    };
    switch (this.open) {
      case "why":
        return html`<c-why .brand=${this.brand} .surface=${this.surface} @close=${close}></c-why>`;
      case "pause":
        return html`<c-dialog kind="small" heading=${`Pause ${this.surface.title}?`} @close=${close}>
          <p>All ${count(this.surface.live, "post")} leave it at once, everywhere it is shown. An admin can show them again.</p>
          <div slot="actions"><button @click=${close}>Leave it</button><button class="danger" @click=${() => this.pause()}>Pause it</button></div>
        </c-dialog>`;
      case "key":
        return html`<c-dialog kind="small" heading="Make a new key?" @close=${close}>
          <p>The key in use stops working at once.</p>
          <div slot="actions"><button @click=${close}>Keep the old one</button><button class="primary" @click=${() => this.rotate()}>Make a new key</button></div>
        </c-dialog>`;
      default:
        return nothing;
    }
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      article {
        display: grid;
        gap: var(--space-4);
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: var(--space-1) var(--space-4);
      }
      dt {
        color: var(--ink-faint);
      }
      summary {
        min-block-size: var(--target);
        cursor: pointer;
        font-weight: var(--weight-strong);
      }
      details .stack {
        padding-block-start: var(--space-3);
      }
    `,
  ];
}
