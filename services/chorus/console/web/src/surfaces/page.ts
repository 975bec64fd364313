import { MonitorUp, Plus } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { Load, Poll } from "../app/load.js";
import { address, go, RouteController } from "../app/router.js";
import { may } from "../app/session.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { empty, failed, skeletons, states } from "../ui/states.js";
import "./form.js";
import "./surface.js";

/** Where the brand shows posts: what is there now, by which rule, and how a page takes it. */
@customElement("c-surfaces")
export class Surfaces extends LitElement {
  @property() brand = "";
  private readonly where = new RouteController(this);
  private readonly read = new Load<Surface[]>(this, async () => (await house().publishing.listSurfaces({ brand: this.brand, pageSize: 100 })).surfaces);

  constructor() {
    super();
    new Poll(this, 5000, () => void this.read.again({ keep: true }));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private readonly renew = (event: CustomEvent<Surface>): void => {
    const known = this.read.now.value ?? [];
    this.read.put(known.map((surface) => (surface.surface === event.detail.surface ? event.detail : surface)));
  };

  private readonly close = (): void => {
    go(address(this.brand, "surfaces"));
    void this.read.again({ keep: true });
  };

  override render() {
    const owns = may(house().session, this.brand, Role.ADMIN);
    const open = this.where.route.query.get("open") ?? "";
    const edited = (this.read.now.value ?? []).find((surface) => surface.surface === open);
    return html`
      <div class="bar">
        <h1>Surfaces</h1>
        ${owns ? html`<a class="button primary" href=${address(this.brand, "surfaces", { open: "new:" })}>${icon(Plus)}Add a surface</a>` : nothing}
      </div>
      <div class="list">${this.body(owns)}</div>
      ${owns && (open === "new:" || edited) ? html`<c-surface-form .brand=${this.brand} .surface=${edited} @close=${this.close}></c-surface-form>` : nothing}
    `;
  }

  private body(owns: boolean) {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return skeletons(2);
    }
    if (now.value.length === 0) {
      return empty(MonitorUp, "Nothing is shown anywhere yet.", owns ? html`<a href=${address(this.brand, "surfaces", { open: "new:" })}>Add a surface</a>: a page, a screen, a newsletter.` : "Ask an admin to add a surface.");
    }
    return now.value.map((surface) => html`<c-surface .surface=${surface} .brand=${this.brand} @renewed=${this.renew}></c-surface>`);
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
        gap: var(--space-4);
      }
    `,
  ];
}
