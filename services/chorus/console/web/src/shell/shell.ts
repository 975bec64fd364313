import { Activity, CircleUserRound, Home, Keyboard, LogOut, Monitor, Moon, Scale, SquareStack, Sun } from "lucide";
import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Brand } from "../api/chorus/api/brands/v1/brands_pb.js";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { applyAccent } from "../app/accent.js";
import { house } from "../app/house.js";
import { KeysController } from "../app/keys.js";
import { Poll } from "../app/load.js";
import { address, followLinks, go, type Page, RouteController } from "../app/router.js";
import { signOut } from "../app/session.js";
import { nextTheme, theme } from "../app/theme.js";
import { COUNTED } from "../queue/model.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { empty, states } from "../ui/states.js";
import "../ui/status.js";
import "./help.js";
import "./start.js";
import { pageOf } from "./pages.js";
import { shellStyles } from "./styles.js";

const NAV: [page: Page, label: string, sign: typeof Home][] = [
  ["queue", "Queue", SquareStack],
  ["rights", "Rights", Scale],
  ["surfaces", "Surfaces", Monitor],
  ["sources", "Sources", Activity],
];

/** The frame of every screen: brand, places, search, theme and member. */
@customElement("c-shell")
export class Shell extends LitElement {
  @state() private brands: Brand[] = [];
  @state() private waiting?: bigint;
  @state() private help = false;
  private readonly where = new RouteController(this, () => this.arrive());
  private dressed = "";

  constructor() {
    super();
    new Poll(this, 15_000, () => void this.count());
    const goTo = (page: Page) => () => go(address(this.where.route.brand, page));
    const help = (): void => {
      this.help = true;
    };
    new KeysController(this, {
      "g q": goTo("queue"),
      "g r": goTo("rights"),
      "g s": goTo("surfaces"),
      "g o": goTo("sources"),
      "/": () => this.renderRoot.querySelector<HTMLInputElement>("[type=search]")?.focus(),
      "?": help,
      "Shift+?": help,
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("click", followLinks);
    window.addEventListener(COUNTED, this.count);
    void this.readBrands();
    this.arrive();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener(COUNTED, this.count);
  }

  /** Makes sure that the address names one of the member's brands, and dresses the page for it. */
  private arrive(): void {
    const { brand } = this.where.route;
    const first = house().session.memberships[0]?.brand;
    if (brand === "" && first) {
      go(address(first, "queue"), { replace: true });
    } else if (brand !== this.dressed) {
      this.dressed = brand;
      this.waiting = undefined;
      this.dress();
      void this.count();
    }
  }

  private async readBrands(): Promise<void> {
    try {
      this.brands = (await house().brands.listBrands({ pageSize: 100 })).brands;
      this.dress();
    } catch {
      // The names in the session are enough to go on; the accent comes with the next visit.
    }
  }

  private dress(): void {
    applyAccent(this.brands.find((brand) => brand.brand === this.where.route.brand)?.accent ?? "");
    document.title = `${this.nameOf(this.where.route.brand)} · Chorus`;
  }

  private nameOf(brand: string): string {
    return this.brands.find((known) => known.brand === brand)?.displayName ?? brand;
  }

  private readonly count = async (): Promise<void> => {
    const { brand } = this.where.route;
    if (this.isMember(brand)) {
      try {
        const { counts } = await house().curation.countPosts({ brand });
        this.waiting = counts.find((entry) => entry.state === State.NEW)?.posts ?? 0n;
      } catch {
        this.waiting = undefined;
      }
    }
  };

  private isMember(brand: string): boolean {
    return house().session.memberships.some((held) => held.brand === brand);
  }

  override render() {
    const { route } = this.where;
    return html`
      <header><a class="skip" href="#main" @click=${this.skip}>To the content</a>${this.brandSwitch()}<nav aria-label="Places">${NAV.map((entry) => this.place(...entry))}</nav>${this.search()}${this.tools()}</header>
      <main id="main" tabindex="-1">${this.isMember(route.brand) ? html`<c-start .brand=${route.brand}></c-start>${pageOf(route)}` : this.stranger()}</main>
      <c-status></c-status>
      ${this.help ? html`<c-help @close=${() => (this.help = false)}></c-help>` : nothing}
    `;
  }

  private readonly skip = (event: Event): void => {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("main")?.focus();
  };

  private brandSwitch() {
    const { memberships } = house().session;
    const { brand, page } = this.where.route;
    const choose = (event: Event): void => go(address((event.target as HTMLSelectElement).value, page === "posts" ? "queue" : page));
    return html`<div class="brand">
      <span class="mark" aria-hidden="true"></span>
      ${memberships.length > 1
        ? html`<select aria-label="Brand" @change=${choose}>${memberships.map((held) => html`<option value=${held.brand} ?selected=${held.brand === brand}>${this.nameOf(held.brand)}</option>`)}</select>`
        : html`<strong>${this.nameOf(brand)}</strong>`}
    </div>`;
  }

  private place(page: Page, label: string, sign: typeof Home) {
    const { route } = this.where;
    const here = route.page === page || (page === "queue" && route.page === "posts");
    return html`<a href=${address(route.brand, page)} aria-current=${here ? "page" : "false"}>
      ${icon(sign)}<span>${label}</span>${page === "queue" && this.waiting ? html`<span class="count" aria-label="waiting">${this.waiting.toLocaleString()}</span>` : nothing}
    </a>`;
  }

  private search() {
    const find = (event: Event): void => {
      event.preventDefault();
      const text = String(new FormData(event.target as HTMLFormElement).get("q") ?? "").trim();
      this.leaveSearch();
      go(address(this.where.route.brand, "queue", text ? { q: text, state: "all" } : {}));
    };
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        this.leaveSearch();
      }
    };
    return html`<form role="search" @submit=${find} @keydown=${leave}>
      <input type="search" name="q" placeholder="Search posts" aria-label="Search posts" aria-keyshortcuts="/" .value=${this.where.route.query.get("q") ?? ""} />
    </form>`;
  }

  /** Letters are keys again. */
  private leaveSearch(): void {
    this.renderRoot.querySelector<HTMLInputElement>("[type=search]")?.blur();
  }

  private tools() {
    const signs = { system: Monitor, light: Sun, dark: Moon };
    const { session } = house();
    return html`<div class="tools">
      <button class="quiet icon keys" aria-label="All keys" title="All keys (?)" @click=${() => (this.help = true)}>${icon(Keyboard)}</button>
      <button class="quiet icon" aria-label=${`Theme: ${theme()}`} title=${`Theme: ${theme()}`} @click=${() => (nextTheme(), this.requestUpdate())}>${icon(signs[theme()])}</button>
      <button class="quiet icon" popovertarget="member" aria-label=${session.displayName || session.email}>${icon(CircleUserRound)}</button>
      <div id="member" popover>
        <strong>${session.displayName || session.email}</strong>
        <span class="faint">${session.email}</span>
        <button @click=${() => void signOut()}>${icon(LogOut)}Sign out</button>
      </div>
    </div>`;
  }

  private stranger() {
    const { memberships } = house().session;
    return memberships.length === 0
      ? empty(Home, "You are not a member of any brand yet.", "Ask an admin to add your e-mail address.")
      : empty(Home, "There is no such brand, or it is not yours.", html`<a href="/">Go to your own</a>`);
  }

  static override styles = [base, controls, states, shellStyles];
}
