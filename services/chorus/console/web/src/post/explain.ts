import { Check, X } from "lucide";
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Explanation } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { failed, skeletons, states } from "../ui/states.js";

/** Why a post is, or is not, on each surface: every condition in words, met or not. */
@customElement("c-explain")
export class Explain extends LitElement {
  @property() post = "";
  @property() brand = "";
  /** Only this surface; empty is all. */
  @property() surface = "";
  /** Whatever changes when the answer may: asked again then. */
  @property() version = "";
  private readonly read = new Load<Explanation[]>(this, async () => (await house().publishing.explain({ brand: this.brand, post: this.post })).surfaces);

  override willUpdate(changed: Map<string, unknown>): void {
    if (["post", "brand", "version"].some((name) => changed.has(name))) {
      void this.read.again({ keep: !changed.has("post") });
    }
  }

  override render() {
    const { now } = this.read;
    if (now.state === "error") {
      return html`<h2>Why it is here, or not</h2>${failed(now.why, () => void this.read.again())}`;
    }
    const all = (now.value ?? []).filter((one) => this.surface === "" || one.surface === this.surface);
    return html`<h2>Why it is here, or not</h2>
      ${now.state === "loading" ? skeletons(1) : all.map((one) => this.surfaceWords(one))}
      ${now.state === "full" && all.length === 0 ? html`<p class="soft">There is no surface yet.</p>` : ""}`;
  }

  private surfaceWords(one: Explanation) {
    return html`<section class="card">
      <div class="row"><h3>${one.title}</h3><span class=${`badge ${one.here ? "ok" : ""}`}>${one.here ? "Here" : "Not here"}</span></div>
      <ul>
        ${one.conditions.map(
          (condition) => html`<li class=${condition.met ? "met" : "unmet"}>${icon(condition.met ? Check : X)}<span><span class="sr">${condition.met ? "Yes: " : "No: "}</span>${condition.text}</span></li>`,
        )}
      </ul>
    </section>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
      }
      li {
        display: flex;
        align-items: start;
        gap: var(--space-2);
        margin-block-start: var(--space-1);
      }
      li c-icon {
        margin-block-start: 0.2em;
      }
      .met c-icon {
        color: var(--ok);
      }
      .unmet c-icon {
        color: var(--danger);
      }
    `,
  ];
}
