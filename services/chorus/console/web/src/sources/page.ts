import { Plus, Rss } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Connector, Source } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { Load, Poll } from "../app/load.js";
import { address, go, RouteController } from "../app/router.js";
import { may } from "../app/session.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { empty, failed, skeletons, states } from "../ui/states.js";
import "./add.js";
import "./source.js";

/** Where posts come from, and how each of those places is doing. */
@customElement("c-sources")
export class Sources extends LitElement {
  @property() brand = "";
  private readonly where = new RouteController(this);
  private connectors: Connector[] = [];
  private readonly read = new Load<Source[]>(this, () => this.sources());

  constructor() {
    super();
    new Poll(this, 5000, () => void this.read.again({ keep: true }));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private async sources(): Promise<Source[]> {
    const { ingest } = house();
    if (this.connectors.length === 0) {
      this.connectors = (await ingest.listConnectors({})).connectors;
    }
    return (await ingest.listSources({ brand: this.brand, pageSize: 100 })).sources;
  }

  private readonly renew = (event: CustomEvent<Source>): void => {
    const known = this.read.now.value ?? [];
    this.read.put(known.map((source) => (source.source === event.detail.source ? event.detail : source)));
  };

  override render() {
    const owns = may(house().session, this.brand, Role.ADMIN);
    const adding = this.where.route.query.get("open") === "add";
    const close = (): void => {
      go(address(this.brand, "sources"));
      void this.read.again({ keep: true });
    };
    return html`
      <div class="bar">
        <h1>Sources</h1>
        ${owns ? html`<a class="button primary" href=${address(this.brand, "sources", { open: "add" })}>${icon(Plus)}Add a source</a>` : nothing}
      </div>
      <div class="list">${this.body(owns)}</div>
      ${adding && owns ? html`<c-add-source .brand=${this.brand} .connectors=${this.connectors} @close=${close}></c-add-source>` : nothing}
    `;
  }

  private body(owns: boolean) {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return skeletons(3);
    }
    if (now.value.length === 0) {
      return empty(Rss, "No posts come in yet.", owns ? html`<a href=${address(this.brand, "sources", { open: "add" })}>Add a source</a>: a feed, a hashtag, an upload page, or your own system.` : "Ask an admin to add a source.");
    }
    return now.value.map((source) => {
      const connector = this.connectors.find((known) => known.connector === source.connector);
      return html`<c-source .source=${source} .connector=${connector} .brand=${this.brand} @renewed=${this.renew}></c-source>`;
    });
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      .bar,
      .list {
        max-inline-size: 64rem;
        margin-inline: auto;
        padding: var(--space-3) var(--space-4);
      }
      .bar {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }
      .list {
        display: grid;
        gap: var(--space-3);
      }
    `,
  ];
}
