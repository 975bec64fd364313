import { BellOff, FileText, MessageCircleQuestion, MessageSquareText, Settings2, SlidersHorizontal } from "lucide";
import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { type Card, Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { KeysController } from "../app/keys.js";
import { Load, Poll } from "../app/load.js";
import { address, go, RouteController } from "../app/router.js";
import { may } from "../app/session.js";
import { count } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/dialog.js";
import { failed, states } from "../ui/states.js";
import "./ask.js";
import "./attest.js";
import type { Askable } from "./asking.js";
import "./column.js";
import type { BoardColumn } from "./column.js";
import { type BoardColumnKind, COLUMNS, TO_ASK } from "./columns.js";
import "./contact-policy.js";
import "./drawer.js";
import type { RightsDrawer } from "./drawer.js";
import "./filters.js";
import { boardKeys } from "./keys.js";
import { layout } from "./page-styles.js";
import "./policy.js";
import "./templates.js";
import "./terms.js";
import { type BoardView, cardFilter, narrowed, readBoard, writeBoard } from "./view.js";

/** Dialogs that the address opens by their name; every other name is a post's. */
const DIALOGS = ["terms", "templates", "policy", "contact", "filters"];

/** The rights board: who is to be asked, who was, and what they said. The address names the filter and the open card. */
@customElement("c-rights")
export class RightsPage extends LitElement {
  @property() brand = "";
  @state() private asking: Askable[] = [];
  @state() private attesting?: Askable;
  @state() private picked: ReadonlyMap<string, Card> = new Map();
  private readonly where = new RouteController(this, () => this.moved());
  private readonly counts = new Load<ReadonlyMap<Column, bigint>>(this, () => this.count());
  private readonly choices = new Load<{ surfaces: Surface[]; people: [string, string][] }>(this, () => this.offered());
  private filter = cardFilter(this.view);
  private shown = "";

  constructor() {
    super();
    new Poll(this, 10_000, () => this.refresh());
    new KeysController(this, boardKeys(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.moved();
    void this.choices.again();
  }

  private get view(): BoardView {
    return readBoard(this.where.route.query);
  }

  private get column(): BoardColumnKind {
    const named = this.where.route.query.get("column");
    return COLUMNS.find(({ name }) => name === named) ?? TO_ASK;
  }

  private get mayAct(): boolean {
    return may(house().session, this.brand, Role.CURATOR);
  }

  /** Another filter is another board; what opens and closes above it is not. */
  private moved(): void {
    const wanted = JSON.stringify(writeBoard(this.view));
    if (this.where.route.page === "rights" && wanted !== this.shown) {
      this.shown = wanted;
      this.filter = cardFilter(this.view);
      this.picked = new Map();
      void this.counts.again();
    }
  }

  private async count(): Promise<ReadonlyMap<Column, bigint>> {
    const { counts } = await house().rights.countCards({ brand: this.brand, filter: this.filter });
    return new Map(counts.map((entry) => [entry.column, entry.cards]));
  }

  /** What the filters offer; what cannot be read is not offered. */
  private async offered() {
    const { publishing, brands } = house();
    const [surfaces, members] = await Promise.allSettled([publishing.listSurfaces({ brand: this.brand, pageSize: 100 }), brands.listMembers({ brand: this.brand, pageSize: 100 })]);
    const people = members.status === "fulfilled" ? members.value.members.map((member): [string, string] => [member.email, member.displayName || member.email]) : [];
    return { surfaces: surfaces.status === "fulfilled" ? surfaces.value.surfaces : [], people };
  }

  get columns(): BoardColumn[] {
    return [...this.renderRoot.querySelectorAll<BoardColumn>("c-column")].filter((column) => column.checkVisibility());
  }

  private refresh(): void {
    void this.counts.again({ keep: true });
    for (const column of this.renderRoot.querySelectorAll<BoardColumn>("c-column")) {
      column.refresh();
    }
    this.renderRoot.querySelector<RightsDrawer>("c-rights-drawer")?.refresh();
  }

  private to(change: { view?: BoardView; column?: string; open?: string }): void {
    const { query } = this.where.route;
    const said = { ...writeBoard(change.view ?? this.view), column: change.column ?? query.get("column") ?? "", open: change.open ?? "" };
    go(address(this.brand, "rights", said));
  }

  /** Opens a card's drawer or one of the dialogs; empty closes. */
  show(open: string): void {
    this.to({ open });
  }

  /** A card says no state: it lies here since its post is approved, or was when it was asked about. */
  ask(posts: (Pick<Askable, "post" | "account"> & Partial<Askable>)[]): void {
    if (this.mayAct && posts.length > 0) {
      this.asking = posts.map((post) => ({ revision: 0, state: State.APPROVED, ...post }));
    }
  }

  askPicked(): void {
    this.ask([...this.picked.values()]);
  }

  pick(card: Card): void {
    if (this.mayAct && card.column === Column.TO_ASK) {
      const picked = new Map(this.picked);
      if (!picked.delete(card.post) && !card.barred) {
        picked.set(card.post, card);
      }
      this.picked = picked;
    }
  }

  clear(): void {
    this.picked = new Map();
  }

  private readonly asked = (): void => {
    this.clear();
    this.refresh();
  };

  override render() {
    return html`
      <div class="bar">
        <h1>Rights</h1>
        <button class="narrow" @click=${() => this.show("filters")}>${icon(SlidersHorizontal)}Filter${narrowed(this.view) > 0 ? html`<span class="badge">${narrowed(this.view)}</span>` : nothing}</button>
        <button @click=${() => this.show("terms")}>${icon(FileText)}Terms</button>
        <button @click=${() => this.show("templates")}>${icon(MessageSquareText)}Templates</button>
        <button @click=${() => this.show("policy")}>${icon(Settings2)}What to ask</button>
        <button @click=${() => this.show("contact")}>${icon(BellOff)}Keeping in touch</button>
      </div>
      <div class="filters">${this.filters()}</div>
      ${this.tabs()}
      <div class="board">${COLUMNS.map((kind) => this.boardColumn(kind))}</div>
      ${this.picked.size > 0 ? this.bulk() : nothing}
      ${this.opened(this.where.route.query.get("open") ?? "")}
      ${this.attesting ? html`<c-attest .brand=${this.brand} .post=${this.attesting} @attested=${this.asked} @close=${() => (this.attesting = undefined)}></c-attest>` : nothing}
      ${this.asking.length > 0 ? html`<c-ask .brand=${this.brand} .posts=${this.asking} @asked=${this.asked} @close=${() => (this.asking = [])}></c-ask>` : nothing}
    `;
  }

  private filters() {
    const { surfaces = [], people = [] } = this.choices.now.value ?? {};
    return html`<c-board-filters .view=${this.view} .surfaces=${surfaces} .people=${people} @view=${(event: CustomEvent<BoardView>) => this.to({ view: event.detail })}></c-board-filters>`;
  }

  private tabs() {
    const { now } = this.counts;
    return html`<div class="tabs" role="group" aria-label="Column">
      ${COLUMNS.map(({ column, name, label }) => html`<button aria-pressed=${column === this.column.column ? "true" : "false"} @click=${() => this.to({ column: name })}>${label}<span class="faint">${now.value?.get(column)?.toLocaleString() ?? ""}</span></button>`)}
    </div>`;
  }

  private boardColumn(kind: BoardColumnKind) {
    return html`<c-column
      class=${kind.column === this.column.column ? "picked" : ""}
      .brand=${this.brand}
      .kind=${kind}
      .filter=${this.filter}
      .amount=${this.counts.now.value?.get(kind.column)}
      .picked=${this.picked}
      ?narrow=${narrowed(this.view) > 0}
      ?mayAct=${this.mayAct}
      @open-card=${(event: CustomEvent<Card>) => this.show(event.detail.post)}
      @ask=${(event: CustomEvent<Card>) => this.ask([event.detail])}
      @pick=${(event: CustomEvent<Card>) => this.pick(event.detail)}
    ></c-column>`;
  }

  private bulk() {
    const shown = this.columns.find(({ kind }) => kind.column === Column.TO_ASK)?.cards ?? [];
    return html`<div class="bulk" role="toolbar" aria-label="Selected posts">
      <strong>${count(this.picked.size, "post")} selected</strong>
      <button class="primary" @click=${() => this.askPicked()}>${icon(MessageCircleQuestion)}Ask for permission</button>
      <button @click=${() => (this.picked = new Map([...this.picked, ...shown.map((card): [string, Card] => [card.post, card])]))}>Select all shown</button>
      <button class="quiet" @click=${() => this.clear()}>Clear</button>
    </div>`;
  }

  private opened(open: string) {
    const close = (): void => this.show("");
    const manages = may(house().session, this.brand, Role.RIGHTS_MANAGER);
    switch (DIALOGS.includes(open) ? open : open && "post") {
      case "terms":
        return html`<c-terms .brand=${this.brand} ?mayAct=${manages} @close=${close}></c-terms>`;
      case "templates":
        return html`<c-templates .brand=${this.brand} ?mayAct=${manages} @close=${close}></c-templates>`;
      case "policy":
        return html`<c-policy .brand=${this.brand} ?mayAct=${manages} @close=${close}></c-policy>`;
      case "contact":
        return html`<c-contact-policy .brand=${this.brand} ?mayAct=${manages} @close=${close}></c-contact-policy>`;
      case "filters":
        return html`<c-dialog kind="side" heading="Filter" @close=${close}>${this.choices.now.state === "error" ? failed(this.choices.now.why, () => void this.choices.again()) : this.filters()}</c-dialog>`;
      case "post":
        return html`<c-rights-drawer .brand=${this.brand} .post=${open} @ask=${(event: CustomEvent<Askable>) => this.ask([event.detail])} @attest=${(event: CustomEvent<Askable>) => (this.attesting = event.detail)} @changed=${this.asked} @close=${close}></c-rights-drawer>`;
      default:
        return nothing;
    }
  }

  static override styles = [base, controls, badges, states, layout];
}
