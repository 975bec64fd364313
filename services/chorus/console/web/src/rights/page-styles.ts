import { css } from "lit";

/** The columns side by side, each scrolling by itself; on a phone one at a time, chosen by its tab. */
export const layout = css`
  :host {
    display: grid;
    grid-template-rows: auto auto auto minmax(0, 1fr) auto;
    block-size: 100%;
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
  .filters {
    padding: 0 var(--space-4) var(--space-3);
  }
  .narrow {
    display: none;
  }
  .tabs {
    display: none;
  }
  .board {
    grid-row: 4;
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: minmax(10.25rem, 1fr);
    gap: var(--space-3);
    padding: 0 var(--space-4) var(--space-4);
    overflow-x: auto;
    min-block-size: 0;
  }
  c-column {
    min-block-size: 0;
  }
  .bulk {
    grid-row: 5;
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--space-2);
    padding: var(--space-3) var(--space-4);
    border-block-start: 1px solid var(--line);
    background: var(--surface);
  }
  .bulk strong {
    margin-inline-end: auto;
  }
  @media (width < 48rem) {
    .bar {
      padding-inline: var(--space-3);
    }
    .bar h1 {
      flex: 1 0 100%;
    }
    .filters {
      display: none;
    }
    .narrow {
      display: inline-flex;
    }
    .tabs {
      display: flex;
      gap: var(--space-2);
      padding: 0 var(--space-3) var(--space-3);
      overflow-x: auto;
    }
    .tabs button {
      flex: none;
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
`;
