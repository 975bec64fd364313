import { FileText, Settings2 } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type Card, Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { KeysController } from "../app/keys.js";
import { Load, Poll } from "../app/load.js";
import { address, go, RouteController } from "../app/router.js";
import { may } from "../app/session.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "./ask.js";
import type { Askable } from "./ask.js";
import "./column.js";
import type { BoardColumn } from "./column.js";
import { COLUMNS } from "./columns.js";
import "./drawer.js";
import "./policy.js";
import "./terms.js";

/** The rights board: who is to be asked, who was, and what they said. The address names the open card. */
@customElement("c-rights")
export class RightsPage extends LitElement {
  @property() brand = "";
  private readonly where = new RouteController(this);
  private readonly counts = new Load<ReadonlyMap<Column, bigint>>(this, () => this.count());
  private asking: Askable[] = [];
  private column: Column = Column.TO_ASK;

  constructor() {
    super();
    new Poll(this, 10_000, () => this.refresh());
    new KeysController(this, { Escape: () => this.show("") });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.counts.again();
  }

  private async count(): Promise<ReadonlyMap<Column, bigint>> {
    const { counts } = await house().rights.countCards({ brand: this.brand });
    return new Map(counts.map((entry) => [entry.column, entry.cards]));
  }

  private refresh(): void {
    void this.counts.again({ keep: true });
    for (const column of this.renderRoot.querySelectorAll<BoardColumn>("c-column")) {
      column.refresh();
    }
  }

  /** Opens a card's drawer, "policy" or "terms"; empty closes. */
  private show(open: string): void {
    go(address(this.brand, "rights", { open }));
  }

  private readonly ask = (event: CustomEvent<Card>): void => {
    const { post, account, request } = event.detail;
    this.asking = [{ post, account, revision: request?.revision ?? 0, state: State.APPROVED }];
    this.requestUpdate();
  };

  private readonly asked = (): void => this.refresh();

  override render() {
    const open = this.where.route.query.get("open") ?? "";
    const manages = may(house().session, this.brand, Role.RIGHTS_MANAGER);
    return html`
      <div class="bar">
        <h1>Rights</h1>
        <button @click=${() => this.show("terms")}>${icon(FileText)}Terms</button>
        <button @click=${() => this.show("policy")}>${icon(Settings2)}What to ask</button>
      </div>
      <div class="tabs" role="group" aria-label="Column">
        ${COLUMNS.map(([column, , label]) => html`<button aria-pressed=${column === this.column ? "true" : "false"} @click=${() => this.pick(column)}>${label}<span class="faint">${this.counts.now.value?.get(column)?.toLocaleString() ?? ""}</span></button>`)}
      </div>
      <div class="board">
        ${COLUMNS.map(
          ([column, , label, tone, nobody]) => html`<c-column
            class=${column === this.column ? "picked" : ""}
            .brand=${this.brand}
            .column=${column}
            .label=${label}
            .tone=${tone}
            .nobody=${nobody}
            .amount=${this.counts.now.value?.get(column)}
            @open-card=${(event: CustomEvent<Card>) => this.show(event.detail.post)}
            @ask=${this.ask}
          ></c-column>`,
        )}
      </div>
      ${open === "terms" ? html`<c-terms .brand=${this.brand} ?mayAct=${manages} @close=${() => this.show("")}></c-terms>` : nothing}
      ${open === "policy" ? html`<c-policy .brand=${this.brand} ?mayAct=${manages} @close=${() => this.show("")}></c-policy>` : nothing}
      ${open !== "" && open !== "terms" && open !== "policy" ? html`<c-rights-drawer .brand=${this.brand} .post=${open} @ask=${this.ask} @close=${() => this.show("")}></c-rights-drawer>` : nothing}
      ${this.asking.length > 0 ? html`<c-ask .brand=${this.brand} .posts=${this.asking} @asked=${this.asked} @close=${this.stopAsking}></c-ask>` : nothing}
    `;
  }

  private readonly stopAsking = (): void => {
    this.asking = [];
    this.requestUpdate();
  };

  private pick(column: Column): void {
    this.column = column;
    this.requestUpdate();
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      :host {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr);
        min-block-size: 0;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
      }
      .bar h1 {
        flex: 1;
      }
      .tabs {
        display: none;
      }
      .board {
        grid-row: 3;
        display: grid;
        grid-auto-flow: column;
        grid-auto-columns: minmax(14rem, 1fr);
        gap: var(--space-3);
        padding: 0 var(--space-4) var(--space-4);
        overflow-x: auto;
        min-block-size: 0;
      }
      c-column {
        min-block-size: 0;
      }
      @media (width < 48rem) {
        .tabs {
          display: flex;
          gap: var(--space-2);
          padding: 0 var(--space-3) var(--space-3);
          overflow-x: auto;
        }
        .tabs button {
          border-radius: var(--radius-round);
        }
        .tabs [aria-pressed="true"] {
          background: var(--ink);
          color: var(--page);
        }
        .tabs [aria-pressed="true"] .faint {
          color: inherit;
        }
        .board {
          grid-auto-flow: row;
          grid-auto-columns: minmax(0, 1fr);
          overflow: hidden;
        }
        c-column:not(.picked) {
          display: none;
        }
      }
    `,
  ];
}
