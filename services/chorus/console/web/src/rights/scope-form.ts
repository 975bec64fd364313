import { create } from "@bufbuild/protobuf";
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type Scope, ScopeSchema, type Use } from "../api/chorus/api/types/v1/scope_pb.js";
import { USES } from "../app/words.js";
import { base, controls } from "../ui/base.js";

/** Splits "de, at  ch" into ISO codes. */
export const codes = (written: string): string[] => written.toUpperCase().split(/[\s,;]+/).filter(Boolean);

/** What is allowed, axis by axis. Sends `scope` at every change. */
@customElement("c-scope-form")
export class ScopeForm extends LitElement {
  @property({ attribute: false }) scope: Scope = create(ScopeSchema);

  private put(change: Partial<Scope>): void {
    this.scope = create(ScopeSchema, { ...this.scope, ...change });
    this.dispatchEvent(new CustomEvent<Scope>("scope", { detail: this.scope }));
  }

  private flip(use: Use): void {
    const on = this.scope.uses.includes(use);
    this.put({ uses: on ? this.scope.uses.filter((other) => other !== use) : [...this.scope.uses, use] });
  }

  override render() {
    const { scope } = this;
    return html`
      <fieldset>
        <legend>Uses</legend>
        <div class="uses">
          ${USES.map(([use, name]) => html`<label class="tick"><input type="checkbox" .checked=${scope.uses.includes(use)} @change=${() => this.flip(use)} />${name}</label>`)}
        </div>
      </fieldset>
      <label class="tick"><input type="checkbox" .checked=${scope.paid} @change=${() => this.put({ paid: !scope.paid })} />Also in paid promotion</label>
      <label class="tick"><input type="checkbox" .checked=${scope.derivatives} @change=${() => this.put({ derivatives: !scope.derivatives })} />May be cropped or written on</label>
      <label class="tick"><input type="checkbox" .checked=${scope.exclusive} @change=${() => this.put({ exclusive: !scope.exclusive })} />Nobody else may show it so</label>
      <label>Countries
        <input .value=${scope.territories.join(", ")} placeholder="The whole world" autocomplete="off" @change=${(event: Event) => this.put({ territories: codes((event.target as HTMLInputElement).value) })} />
        <span class="hint">Two-letter codes such as DE, AT. Leave empty for the whole world; a public page is seen everywhere.</span>
      </label>
    `;
  }

  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      legend {
        padding: 0;
        font-weight: var(--weight-strong);
      }
      .uses {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
      }
    `,
  ];
}
