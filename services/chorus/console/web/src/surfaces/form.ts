import { create } from "@bufbuild/protobuf";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Collection } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Source } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { type Rule, RuleSchema, type Surface, SurfaceAccess } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { type Scope, ScopeSchema, Use } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import { slug } from "../app/slug.js";
import "../rights/scope-form.js";
import { base, controls } from "../ui/base.js";
import "../ui/copy.js";
import "../ui/dialog.js";

const words = (written: string): string[] => written.toLowerCase().split(/[\s,]+/).map((word) => word.replace(/^#/, "")).filter(Boolean);

/** What a surface is to be; a command to make one and a command to change one are written alike. */
interface Wanted {
  brand: string;
  surface: string;
  title: string;
  address: string;
  scope: Scope;
  rule: Rule;
  access: SurfaceAccess;
  requestId: string;
}

/** Adds a surface, or changes one. Sends `close`. */
@customElement("c-surface-form")
export class SurfaceForm extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) surface?: Surface;
  @state() private named = "";
  @state() private scope: Scope = create(ScopeSchema, { uses: [Use.WEB] });
  @state() private rule: Rule = create(RuleSchema);
  @state() private sources: Source[] = [];
  @state() private collections: Collection[] = [];
  @state() private busy = false;
  @state() private why?: Refusal;
  @state() private key = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.named = this.surface?.title ?? "";
    this.scope = this.surface?.scope ?? this.scope;
    this.rule = this.surface?.rule ?? this.rule;
    void this.readChoices();
  }

  private async readChoices(): Promise<void> {
    const { ingest, curation } = house();
    const [sources, collections] = await Promise.allSettled([
      ingest.listSources({ brand: this.brand, pageSize: 100 }),
      curation.listCollections({ brand: this.brand, pageSize: 100 }),
    ]);
    this.sources = sources.status === "fulfilled" ? sources.value.sources : [];
    this.collections = collections.status === "fulfilled" ? collections.value.collections : [];
  }

  private readonly keep = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const wanted: Wanted = {
      brand: this.brand,
      surface: this.surface?.surface ?? String(said.get("id")),
      title: this.named,
      address: String(said.get("address") ?? "").trim(),
      scope: this.scope,
      rule: this.rule,
      access: said.get("access") === "key" ? SurfaceAccess.KEY : SurfaceAccess.PUBLIC,
      requestId: newRequestId(),
    };
    this.busy = true;
    this.why = undefined;
    try {
      await this.send(wanted);
    } catch (error) {
      this.why = refusal(error);
    } finally {
      this.busy = false;
    }
    await this.updateComplete;
    this.renderRoot.querySelector(".wrong")?.scrollIntoView({ block: "center" });
  };

  private async send(wanted: Wanted): Promise<void> {
    if (this.surface) {
      await persist(() => house().publishing.updateSurface(wanted));
    } else {
      this.key = (await persist(() => house().publishing.createSurface(wanted))).key;
    }
    if (this.key === "") {
      this.leave();
    }
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new Event("close"));
  };

  override render() {
    return html`<c-dialog .heading=${this.surface ? `Edit ${this.surface.title}` : "Add a surface"} @close=${this.leave}>
      ${this.key ? html`<div class="field">Its key<c-copy label="key" .value=${this.key}></c-copy><span class="hint">Shown only this once.</span></div>` : this.form()}
      <div slot="actions">
        ${this.key
          ? html`<button class="primary" @click=${this.leave}>Done</button>`
          : html`<button class="primary" ?disabled=${this.busy} @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>${this.surface ? "Keep" : "Add it"}</button>`}
      </div>
    </c-dialog>`;
  }

  private form() {
    return html`<form class="stack" @submit=${this.keep}>
      ${this.surface ? html`<p class="soft">Posts that no longer fit leave at once.</p>` : nothing}
      <label>Title<input required maxlength="80" autocomplete="off" .value=${this.named} @input=${(event: Event) => (this.named = (event.target as HTMLInputElement).value)} />${this.wrong("title")}</label>
      ${this.surface ? nothing : html`<label>Id<input name="id" required pattern="[a-z0-9][a-z0-9\\-]{0,62}" autocomplete="off" .value=${slug(this.named)} /><span class="hint">Stands in addresses; it cannot be changed later.</span>${this.wrong("surface")}</label>`}
      <label>Where people see it<input name="address" autocomplete="off" placeholder="https://" .value=${this.surface?.address ?? ""} /><span class="hint">Creators are shown this when you ask them.</span>${this.wrong("address")}</label>
      ${this.rules()}
      <h3>What it needs a permission for</h3>
      <c-scope-form .scope=${this.scope} @scope=${(event: CustomEvent<Scope>) => (this.scope = event.detail)}></c-scope-form>
      ${this.wrong("scope", "scope.uses")}
      <fieldset>
        <h3>Who may read its feed</h3>
        <label class="tick"><input type="radio" name="access" value="public" ?checked=${this.surface?.access !== SurfaceAccess.KEY} />Everybody</label>
        <label class="tick"><input type="radio" name="access" value="key" ?checked=${this.surface?.access === SurfaceAccess.KEY} />Whoever has its key</label>
      </fieldset>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  private put(change: Partial<Rule>): void {
    this.rule = create(RuleSchema, { ...this.rule, ...change });
  }

  private rules() {
    const { rule } = this;
    const collect = (event: Event): void => {
      this.rule = create(RuleSchema, { collection: (event.target as HTMLSelectElement).value });
    };
    return html`<h3>Which approved posts belong on it</h3>
      <label>Collection
        <select @change=${collect}>
          <option value="">Any post that fits the rule</option>
          ${this.collections.map((item) => html`<option value=${item.collection} ?selected=${item.collection === rule.collection}>${item.title}</option>`)}
        </select>
      </label>
      ${rule.collection ? nothing : this.fields(rule)} ${this.wrong("rule")}`;
  }

  private fields(rule: Rule) {
    const flip = (source: string): void => this.put({ sources: rule.sources.includes(source) ? rule.sources.filter((other) => other !== source) : [...rule.sources, source] });
    return html`
      ${this.sources.length > 0
        ? html`<fieldset><span class="hint">From these sources; none ticked is all</span>${this.sources.map((source) => html`<label class="tick"><input type="checkbox" .checked=${rule.sources.includes(source.source)} @change=${() => flip(source.source)} />${source.title}</label>`)}</fieldset>`
        : nothing}
      <label class="tick"><input type="checkbox" .checked=${rule.hasMedia === true} @change=${() => this.put({ hasMedia: rule.hasMedia === true ? undefined : true })} />Only with pictures</label>
      <label>Hashtags<input autocomplete="off" .value=${rule.hashtags.join(" ")} @change=${(event: Event) => this.put({ hashtags: words((event.target as HTMLInputElement).value) })} /><span class="hint">Any of them; leave empty for all posts.</span></label>
    `;
  }

  private wrong(...fields: string[]) {
    const found = fields.map((field) => this.why?.fields[field]).find(Boolean);
    return found ? html`<span class="wrong" role="alert">${found}</span>` : nothing;
  }

  static override styles = [
    base,
    controls,
    css`
      h3 {
        margin-block-end: calc(-1 * var(--space-2));
      }
      fieldset h3 {
        margin: 0;
      }
      fieldset .tick {
        display: flex;
      }
    `,
  ];
}
