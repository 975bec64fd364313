import type { IconNode } from "lucide";
import { css, html, nothing, type TemplateResult } from "lit";
import type { Refusal } from "../app/errors.js";
import { icon } from "./icon.js";

/** Nothing is here: one sentence, and the next step. */
export function empty(sign: IconNode, title: string, next: unknown = nothing): TemplateResult {
  return html`<div class="state"><span class="sign">${icon(sign)}</span><h2>${title}</h2><div class="soft">${next}</div></div>`;
}

/** It could not be read: what happened, and a way to try again. */
export function failed(why: Refusal, retry: () => void): TemplateResult {
  return html`<div class="state" role="alert">
    <h2>${why.message}</h2>
    <button @click=${retry}>Try again</button>
  </div>`;
}

/** Places held while something is read. */
export function skeletons(amount: number): TemplateResult[] {
  return Array.from({ length: amount }, () => html`<div class="skeleton" aria-hidden="true"></div>`);
}

export const states = css`
  .state {
    display: grid;
    justify-items: center;
    align-content: center;
    gap: var(--space-3);
    padding: var(--space-16) var(--space-4);
    text-align: center;
  }
  .state .sign {
    font-size: 2rem;
    color: var(--ink-faint);
  }
  .skeleton {
    min-block-size: 4rem;
    border-radius: var(--radius);
    background: var(--sunken);
    animation: breathe 1.6s ease-in-out infinite alternate;
  }
  @keyframes breathe {
    to {
      background: var(--hover);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .skeleton {
      animation: none;
    }
  }
`;
