import { CheckCheck, Inbox, SlidersHorizontal } from "lucide";
import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { KeysController } from "../app/keys.js";
import { Poll } from "../app/load.js";
import { address, go, postAddress, RouteController } from "../app/router.js";
import { may } from "../app/session.js";
import { count } from "../app/words.js";
import "../rights/ask.js";
import "../rights/attest.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { empty, failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import { type ActionName, actions } from "./actions.js";
import "./collect.js";
import { isNarrow, readView, stateLabel, statesOf, type View, writeView } from "./filter.js";
import "./filters.js";
import "./grid.js";
import type { Grid } from "./grid.js";
import { queueKeys } from "./keys.js";
import { QueueModel } from "./model.js";
import { layout } from "./page-styles.js";
import "./panel.js";
import type { Panel } from "./panel.js";
import "./reasons.js";
import "./zen.js";

/** What curation takes in one command; of more, the rest stays selected. */
const MOST_AT_ONCE = 100;
const CELL = "chorus-cell";
const DONE = new Map([
  [State.APPROVED, "Approved"],
  [State.REJECTED, "Rejected"],
  [State.ESCALATED, "Escalated"],
]);

/** Where curators meet what came in: pictures at once, one key for each decision. */
@customElement("c-queue")
export class Queue extends LitElement {
  @property() brand = "";
  @state() private open: "" | "reasons" | "ask" | "attest" | "collect" | "filters" = "";
  @state() private zen = false;
  @state() private cell = Number(localStorage.getItem(CELL)) || 220;
  private model!: QueueModel;
  private readonly where = new RouteController(this, () => this.moved());
  private shown = "";
  private chosen: QueuedPost[] = [];

  constructor() {
    super();
    new KeysController(this, queueKeys(this));
    new Poll(this, 10_000, () => void this.model.recount());
    new Poll(this, 3000, () => void this.model.lookForPictures());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.model = new QueueModel(this, this.brand, this.view);
    void this.model.readChoices();
    this.moved();
  }

  get view(): View {
    return readView(this.where.route.query);
  }

  get mayAct(): boolean {
    return may(house().session, this.brand, Role.CURATOR);
  }

  private get grid(): Grid | null {
    return this.renderRoot.querySelector("c-grid");
  }

  private moved(): void {
    const wanted = JSON.stringify(this.view);
    if (this.where.route.page === "queue" && wanted !== this.shown) {
      this.shown = wanted;
      void this.model.deal(this.view, this.where.route.query.get("post") ?? "");
    }
  }

  private readonly look = (event: CustomEvent<View>): void => {
    this.open = "";
    go(address(this.brand, "queue", writeView(event.detail)));
  };

  /** Says the post in focus in the address, without a step to go back through. */
  private sayWhere(): void {
    go(address(this.brand, "queue", { ...writeView(this.view), post: this.model.deck.at }), { replace: true });
  }

  step(across: number, down: number, extend = false): void {
    this.model.deck.move(across + down * (this.zen ? 1 : (this.grid?.columns ?? 1)), extend);
    this.follow();
  }

  private follow(): void {
    this.model.changed();
    this.sayWhere();
    void this.grid?.focusCard();
  }

  toggle(): void {
    this.model.deck.toggle(this.model.deck.at);
    this.model.changed();
  }

  clear(): void {
    this.model.deck.selected.clear();
    this.model.changed();
  }

  openPost(): void {
    if (this.model.deck.at) {
      go(postAddress(this.brand, this.model.deck.at));
    }
  }

  setZen(zen: boolean): void {
    this.zen = zen && this.model.deck.focused !== undefined;
  }

  get isZen(): boolean {
    return this.zen;
  }

  readonly act = (name: ActionName): void => {
    const { chosen, focused } = this.model.deck;
    this.chosen = name === "attest" && focused ? [focused] : chosen.slice(0, MOST_AT_ONCE);
    if (!this.mayAct || this.chosen.length === 0) {
      return;
    }
    if (name === "approve") {
      this.decide(State.APPROVED);
    } else if (name === "escalate") {
      this.decide(State.ESCALATED);
    } else {
      this.open = name === "reject" ? "reasons" : name;
    }
  };

  private decide(to: State, reason = ""): void {
    this.open = "";
    void this.model.decisions.decide(this.chosen, to, reason).then(() => this.model.recountSoon());
    say({ text: `${DONE.get(to)} ${this.chosen.length}`, action: { label: "Undo (U)", act: () => this.undo() } });
    this.follow();
  }

  undo(): void {
    if (this.model.decisions.canUndo) {
      void this.model.decisions.undo().then(() => this.model.recountSoon());
      say({ text: "Undone" });
      this.follow();
    }
  }

  private readonly focusPost = (event: CustomEvent<{ post: string }>): void => {
    this.model.deck.at = event.detail.post;
    this.model.changed();
    this.sayWhere();
  };

  /** Where no panel fits beside the grid, a touch opens the post. */
  private readonly pressPost = (event: CustomEvent<{ post: string }>): void => {
    this.focusPost(event);
    if (matchMedia("(width < 48rem)").matches) {
      this.openPost();
    }
  };

  private readonly selectPost = (event: CustomEvent<{ post: string; shift: boolean }>): void => {
    const { deck } = this.model;
    if (event.detail.shift) {
      deck.selectRange(Math.max(deck.index, 0), deck.posts.findIndex((post) => post.post === event.detail.post));
    } else {
      deck.toggle(event.detail.post);
    }
    this.model.changed();
  };

  override render() {
    const { deck } = this.model;
    return html`
      <aside aria-label="Filters">${this.filters()}</aside>
      <section class="middle" aria-label="Queue">
        ${this.bar()}${this.body()}${deck.selected.size > 0 && this.mayAct ? this.bulk() : nothing}
      </section>
      ${deck.focused ? html`<c-panel .post=${deck.focused} .brand=${this.brand} ?mayAct=${this.mayAct} @action=${(event: CustomEvent<ActionName>) => this.act(event.detail)}></c-panel>` : html`<div class="no-panel"></div>`}
      ${this.dialogs()}
      ${this.zen && deck.focused
        ? html`<c-zen .post=${deck.focused} .brand=${this.brand} ?mayAct=${this.mayAct} .left=${deck.posts.length} @action=${(event: CustomEvent<ActionName>) => this.act(event.detail)} @leave=${() => this.setZen(false)}></c-zen>`
        : nothing}
    `;
  }

  private filters() {
    const { counts, sources, collections, languages } = this.model;
    return html`<c-filters .view=${this.view} .counts=${counts} .sources=${sources} .collections=${collections} .languages=${languages} @view=${this.look}></c-filters>`;
  }

  private bar() {
    const size = (event: Event): void => {
      this.cell = Number((event.target as HTMLInputElement).value);
      localStorage.setItem(CELL, String(this.cell));
    };
    const order = (event: Event): void => go(address(this.brand, "queue", writeView({ ...this.view, oldest: (event.target as HTMLSelectElement).value === "oldest" })));
    return html`<div class="bar">
      <h1>${this.heading()}</h1>
      <button class="narrow" @click=${() => (this.open = "filters")}>${icon(SlidersHorizontal)}Filter</button>
      <select aria-label="Order" @change=${order}>
        <option value="newest" ?selected=${!this.view.oldest}>Newest first</option>
        <option value="oldest" ?selected=${this.view.oldest}>Oldest first</option>
      </select>
      <label class="size"><span>Size</span><input type="range" min="110" max="380" step="10" .value=${String(this.cell)} @input=${size} /></label>
    </div>`;
  }

  private heading(): string {
    const counted = this.model.counts.size > 0 && this.view.state !== "all";
    const amount = counted ? (this.model.counts.get(this.stateShown) ?? 0n) : undefined;
    const words = this.view.state === "new" ? "waiting" : this.view.state === "all" ? "All posts" : stateLabel(this.stateShown).toLowerCase();
    return amount === undefined ? words.charAt(0).toUpperCase() + words.slice(1) : `${amount.toLocaleString()} ${words}`;
  }

  private get stateShown(): State {
    return statesOf(this.view)[0] ?? State.UNSPECIFIED;
  }

  private body() {
    const { model } = this;
    if (model.status === "error" && model.why) {
      return failed(model.why, () => void model.deal(this.view));
    }
    if (model.status === "loading") {
      return html`<div class="waiting" .style=${`--cell:${this.cell}px`}>${skeletons(24)}</div>`;
    }
    return html`${model.fresh > 0n ? html`<button class="fresh primary" @click=${() => void model.deal(this.view)}>${model.fresh.toLocaleString()} new</button>` : nothing}
      ${model.deck.posts.length === 0 ? this.nothingHere() : this.cards()}`;
  }

  private cards() {
    const { model } = this;
    return html`<c-grid
      .deck=${model.deck}
      .rights=${model.rights}
      .brand=${this.brand}
      .cell=${this.cell}
      .version=${model.version}
      .waiting=${model.reading}
      @post-focus=${this.focusPost}
      @post-press=${this.pressPost}
      @post-open=${() => this.openPost()}
      @post-select=${this.selectPost}
      @near-end=${() => void model.more()}
    ></c-grid>`;
  }

  private nothingHere() {
    if (isNarrow(this.view)) {
      return empty(Inbox, "Nothing fits these filters.", html`<a href=${address(this.brand, "queue")}>Show everything that waits</a>`);
    }
    return this.view.state === "new"
      ? empty(CheckCheck, "All done: nothing waits for you.", html`New posts appear here by themselves. <a href=${address(this.brand, "sources")}>Look at the sources</a>`)
      : empty(Inbox, "Nothing here.", html`<a href=${address(this.brand, "queue")}>Go to what waits</a>`);
  }

  private bulk() {
    const amount = this.model.deck.selected.size;
    return html`<div class="bulk" role="toolbar" aria-label="Selected posts">
      <strong>${count(amount, "post")} selected</strong>
      ${actions(["approve", "reject", "escalate", "ask", "collect"], this.act)}
      <button class="quiet" @click=${() => this.clear()}>Clear</button>
    </div>`;
  }

  private dialogs() {
    const close = (): void => {
      this.open = "";
      void this.grid?.focusCard();
    };
    const asked = (event: CustomEvent<string[] | null>): void => {
      this.model.asked(this.chosen, event.detail ?? []);
      this.renderRoot.querySelector<Panel>("c-panel")?.reload();
    };
    switch (this.open) {
      case "reasons":
        return html`<c-reasons @reason=${(event: CustomEvent<string>) => this.decide(State.REJECTED, event.detail)} @close=${close}></c-reasons>`;
      case "ask":
        return html`<c-ask .brand=${this.brand} .posts=${this.chosen} @asked=${asked} @close=${close}></c-ask>`;
      case "attest":
        return html`<c-attest .brand=${this.brand} .post=${this.chosen[0]} @attested=${asked} @close=${close}></c-attest>`;
      case "collect":
        return html`<c-collect .brand=${this.brand} .posts=${this.chosen} .collections=${this.model.collections} @collected=${() => void this.model.readChoices()} @close=${close}></c-collect>`;
      case "filters":
        return html`<c-dialog kind="side" heading="Filter" @close=${close}>${this.filters()}</c-dialog>`;
      default:
        return nothing;
    }
  }

  static override styles = [base, controls, badges, states, layout];
}
