import { css } from "lit";

/** One bar above, the screen below; on a phone the places lie at the foot, within reach of a thumb. */
export const shellStyles = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    block-size: 100dvh;
  }
  header {
    display: flex;
    align-items: center;
    gap: var(--space-2) var(--space-4);
    min-block-size: 3.5rem;
    padding: 0 var(--space-4);
    background: var(--surface);
    border-block-end: 1px solid var(--line);
  }
  main {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    min-block-size: 0;
    outline: none;
  }
  main > :last-child {
    grid-row: 2;
    min-block-size: 0;
  }
  .skip {
    position: absolute;
    inset: var(--space-2) auto auto var(--space-2);
    z-index: 40;
    padding: var(--space-2) var(--space-4);
    border-radius: var(--radius);
    background: var(--accent);
    color: var(--on-accent);
  }
  .skip:not(:focus) {
    clip-path: inset(50%);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    font-size: var(--text-16);
  }
  .brand select {
    inline-size: auto;
    max-inline-size: 12rem;
    border-color: transparent;
    font-weight: var(--weight-strong);
  }
  .mark {
    inline-size: 0.75rem;
    block-size: 0.75rem;
    border-radius: 50%;
    background: var(--accent);
  }
  nav {
    display: flex;
    align-self: stretch;
    gap: var(--space-1);
  }
  nav a {
    position: relative;
    display: flex;
    align-items: center;
    gap: var(--space-2);
    padding: 0 var(--space-3);
    color: var(--ink-soft);
    font-weight: var(--weight-strong);
    text-decoration: none;
  }
  nav a:hover {
    color: var(--ink);
  }
  nav a[aria-current="page"] {
    color: var(--ink);
    box-shadow: inset 0 -2px 0 var(--accent);
  }
  .count {
    padding: 0 var(--space-2);
    border-radius: var(--radius-round);
    background: var(--accent-soft);
    color: var(--ink);
    font-size: var(--text-12);
    font-variant-numeric: tabular-nums;
  }
  form {
    flex: 1;
    display: flex;
    justify-content: end;
  }
  form input {
    max-inline-size: 18rem;
  }
  .tools {
    display: flex;
    gap: var(--space-1);
    position: relative;
    font-size: var(--text-16);
  }
  [popover] {
    position: fixed;
    inset: 3.75rem var(--space-4) auto auto;
    gap: var(--space-2);
    margin: 0;
    min-inline-size: 14rem;
    padding: var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--raised);
    color: var(--ink);
    box-shadow: var(--shadow-raised);
  }
  [popover]:popover-open {
    display: grid;
  }
  @media (width < 60rem) {
    nav a > span:first-of-type,
    .keys {
      display: none;
    }
  }
  @media (width < 48rem) {
    :host {
      grid-template-rows: auto minmax(0, 1fr) auto;
    }
    header {
      padding: 0 var(--space-3);
    }
    nav {
      position: fixed;
      inset: auto 0 0;
      z-index: 5;
      block-size: calc(3.5rem + env(safe-area-inset-bottom));
      padding-block-end: env(safe-area-inset-bottom);
      background: var(--surface);
      border-block-start: 1px solid var(--line);
    }
    nav a {
      flex: 1;
      flex-direction: column;
      justify-content: center;
      gap: 2px;
      padding: 0;
      font-size: var(--text-12);
    }
    nav a > span:first-of-type {
      display: block;
    }
    nav a[aria-current="page"] {
      box-shadow: inset 0 2px 0 var(--accent);
    }
    nav .count {
      position: absolute;
      inset: 4px auto auto 55%;
    }
    main {
      padding-block-end: calc(3.5rem + env(safe-area-inset-bottom));
    }
    form input {
      max-inline-size: none;
    }
  }
`;
