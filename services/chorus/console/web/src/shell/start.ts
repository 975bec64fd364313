import { Circle, CircleCheck, X } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Column } from "../api/chorus/api/rights/v1/rights_pb.js";
import { house } from "../app/house.js";
import { Poll } from "../app/load.js";
import { address, type Page } from "../app/router.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";

interface Step {
  label: string;
  page: Page;
  done: boolean;
}

const ASKED = [Column.ASKED, Column.GRANTED, Column.ENDING_SOON, Column.DECLINED, Column.LAPSED, Column.ENDED];

/** How far a brand has come on its first walk, as the services themselves say. */
export async function firstSteps(brand: string): Promise<Step[]> {
  const { ingest, curation, rights, publishing } = house();
  const [sources, posts, cards, surfaces] = await Promise.all([
    ingest.listSources({ brand, pageSize: 1 }),
    curation.countPosts({ brand }),
    rights.countCards({ brand }),
    publishing.listSurfaces({ brand, pageSize: 100 }),
  ]);
  return [
    { label: "Add a source", page: "sources", done: sources.sources.length > 0 },
    { label: "Approve a post", page: "queue", done: posts.counts.some(({ state: at, posts: many }) => at === State.APPROVED && many > 0n) },
    { label: "Ask for permission", page: "rights", done: cards.counts.some(({ column, cards: many }) => ASKED.includes(column) && many > 0n) },
    { label: "See it on a surface", page: "surfaces", done: surfaces.surfaces.some((surface) => surface.live > 0n) },
  ];
}

/** The first visit's checklist; gone for good once every step was done, or when it is closed. */
@customElement("c-start")
export class Start extends LitElement {
  @property() brand = "";
  @state() private steps: Step[] = [];

  constructor() {
    super();
    new Poll(this, 10_000, () => void this.look());
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("brand")) {
      this.steps = [];
      void this.look();
    }
  }

  private get key(): string {
    return `chorus-started-${this.brand}`;
  }

  private async look(): Promise<void> {
    if (localStorage.getItem(this.key)) {
      return;
    }
    try {
      const steps = await firstSteps(this.brand);
      this.steps = steps;
      if (steps.every((step) => step.done)) {
        this.finish();
      }
    } catch {
      // A service is away: the list waits rather than say something that may not be so.
    }
  }

  private finish(): void {
    localStorage.setItem(this.key, "yes");
    this.steps = [];
  }

  override render() {
    if (this.steps.length === 0) {
      return nothing;
    }
    return html`<section aria-label="First steps">
      <strong>First steps</strong>
      <ol>
        ${this.steps.map(
          (step) => html`<li ?data-done=${step.done}>
            ${icon(step.done ? CircleCheck : Circle)}
            ${step.done ? html`<span>${step.label}<span class="sr"> (done)</span></span>` : html`<a href=${address(this.brand, step.page)}>${step.label}</a>`}
          </li>`,
        )}
      </ol>
      <button class="quiet icon" aria-label="Close the first steps" @click=${() => this.finish()}>${icon(X)}</button>
    </section>`;
  }

  static override styles = [
    base,
    controls,
    css`
      section {
        display: flex;
        align-items: center;
        gap: var(--space-1) var(--space-6);
        padding: var(--space-1) var(--space-4);
        background: var(--accent-soft);
        border-block-end: 1px solid var(--line);
      }
      ol {
        flex: 1;
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1) var(--space-6);
      }
      li {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: var(--target);
      }
      a {
        color: var(--ink);
      }
      li[data-done] {
        color: var(--ok);
      }
      @media (width < 48rem) {
        strong,
        li[data-done] {
          display: none;
        }
      }
    `,
  ];
}
