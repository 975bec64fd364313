import { css } from "lit";

/** What every element of the console shares: text, buttons, fields, and how focus looks. */
export const base = css`
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  :host {
    color: var(--ink);
    font: var(--weight) var(--text-14) / var(--leading) var(--font);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h1 {
    font-size: var(--text-20);
    line-height: var(--leading-tight);
    font-weight: var(--weight-strong);
    letter-spacing: -0.01em;
  }
  h2 {
    font-size: var(--text-16);
    line-height: var(--leading-tight);
    font-weight: var(--weight-strong);
  }
  h3 {
    font-size: var(--text-14);
    font-weight: var(--weight-strong);
  }
  a {
    color: var(--accent);
    text-decoration-thickness: 1px;
    text-underline-offset: 0.2em;
  }
  :focus-visible {
    outline: var(--focus-width) solid var(--focus);
    outline-offset: 2px;
  }
  .soft {
    color: var(--ink-soft);
  }
  .faint {
    color: var(--ink-faint);
    font-size: var(--text-12);
  }
  .row {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    flex-wrap: wrap;
  }
  .spread {
    justify-content: space-between;
  }
  .stack {
    display: grid;
    gap: var(--space-4);
    align-content: start;
  }
  .sr {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .card {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    padding: var(--space-4);
  }
`;

export const controls = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-block-size: 2.25rem;
    padding: 0 var(--space-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    font: inherit;
    font-weight: var(--weight-strong);
    white-space: nowrap;
    text-decoration: none;
    cursor: pointer;
    transition: background var(--motion) var(--ease);
  }
  button:hover,
  .button:hover {
    background: var(--hover);
  }
  button:disabled {
    color: var(--ink-faint);
    background: var(--sunken);
    cursor: not-allowed;
  }
  .primary:not(:disabled) {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
  }
  .primary:hover:not(:disabled) {
    filter: brightness(1.08);
  }
  .danger:not(:disabled) {
    color: var(--danger);
  }
  .quiet {
    background: transparent;
    border-color: transparent;
  }
  .icon {
    padding: 0;
    min-inline-size: 2.25rem;
  }
  kbd {
    min-inline-size: 1.25rem;
    padding: 0 var(--space-1);
    border: 1px solid color-mix(in srgb, currentcolor 30%, transparent);
    border-radius: var(--radius-small);
    font: inherit;
    font-size: var(--text-12);
    text-align: center;
    opacity: 0.75;
  }
  label,
  .field {
    display: grid;
    gap: var(--space-1);
    font-weight: var(--weight-strong);
  }
  label.tick {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-block-size: 2rem;
    font-weight: var(--weight);
    cursor: pointer;
  }
  .hint {
    color: var(--ink-faint);
    font-size: var(--text-12);
    font-weight: var(--weight);
  }
  .wrong {
    color: var(--danger);
    font-size: var(--text-12);
    font-weight: var(--weight);
  }
  input:not([type="checkbox"], [type="radio"], [type="range"]),
  select,
  textarea {
    inline-size: 100%;
    min-block-size: 2.25rem;
    padding: var(--space-1) var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    font: inherit;
    font-weight: var(--weight);
  }
  textarea {
    padding-block: var(--space-2);
    resize: vertical;
    min-block-size: 5rem;
  }
  input[type="checkbox"],
  input[type="radio"],
  input[type="range"] {
    accent-color: var(--accent);
    margin: 0;
  }
  input[type="checkbox"],
  input[type="radio"] {
    inline-size: 1.125rem;
    block-size: 1.125rem;
    flex: none;
  }
  @media (pointer: coarse) {
    button,
    .button,
    select,
    label.tick,
    input:not([type="checkbox"], [type="radio"], [type="range"]) {
      min-block-size: var(--target-touch);
    }
    .icon {
      min-inline-size: var(--target-touch);
    }
  }
`;

/** Small labels that say a state; colour never says it alone. */
export const badges = css`
  .badge {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    padding: 0 var(--space-2);
    border-radius: var(--radius-round);
    background: var(--sunken);
    color: var(--ink-soft);
    font-size: var(--text-12);
    font-weight: var(--weight-strong);
    line-height: 1.25rem;
    white-space: nowrap;
  }
  .badge.ok {
    background: var(--ok-soft);
    color: var(--ok);
  }
  .badge.warn {
    background: var(--warn-soft);
    color: var(--warn);
  }
  .badge.bad {
    background: var(--danger-soft);
    color: var(--danger);
  }
`;
