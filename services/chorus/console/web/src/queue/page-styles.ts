import { css } from "lit";

/** Filters, pictures, post: three panes that scroll by themselves; one below the other on a phone. */
export const layout = css`
  :host {
    display: grid;
    grid-template-columns: 13rem minmax(0, 1fr) 24rem;
    block-size: 100%;
    min-block-size: 0;
  }
  aside {
    overflow: auto;
    border-inline-end: 1px solid var(--line);
  }
  .middle {
    position: relative;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    min-block-size: 0;
  }
  .bar {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    padding: var(--space-3);
  }
  .bar h1 {
    flex: 1;
    font-variant-numeric: tabular-nums;
  }
  .bar select {
    inline-size: auto;
  }
  .size {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    color: var(--ink-faint);
    font-size: var(--text-12);
  }
  .size input {
    inline-size: 7rem;
  }
  .narrow {
    display: none;
  }
  c-grid,
  .waiting {
    min-block-size: 0;
    block-size: 100%;
    grid-row: 2;
  }
  .state {
    grid-row: 2;
    align-self: center;
  }
  .waiting {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(var(--cell), 1fr));
    align-content: start;
    gap: 12px;
    padding: 12px;
    overflow: hidden;
  }
  .waiting .skeleton {
    aspect-ratio: 1;
  }
  .fresh {
    position: absolute;
    inset: 4rem 50% auto auto;
    transform: translateX(50%);
    z-index: 2;
    border-radius: var(--radius-round);
    box-shadow: var(--shadow-raised);
  }
  .bulk {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--space-2);
    padding: var(--space-3);
    border-block-start: 1px solid var(--line);
    background: var(--surface);
  }
  .bulk strong {
    margin-inline-end: auto;
  }
  c-panel {
    min-block-size: 0;
  }
  .no-panel {
    border-inline-start: 1px solid var(--line);
    background: var(--surface);
  }
  @media (width < 75rem) {
    :host {
      grid-template-columns: minmax(0, 1fr) 22rem;
    }
    aside {
      display: none;
    }
    .narrow {
      display: inline-flex;
    }
  }
  @media (width < 48rem) {
    :host {
      grid-template-columns: minmax(0, 1fr);
    }
    c-panel,
    .no-panel,
    .size span {
      display: none;
    }
    .size input {
      inline-size: 6rem;
    }
    .bar {
      flex-wrap: wrap;
      gap: var(--space-2);
    }
    .bar h1 {
      flex: 1 0 100%;
    }
    .size {
      margin-inline-start: auto;
    }
    .bulk kbd {
      display: none;
    }
  }
`;
