/** Where each picture goes. Pure arithmetic over sizes that the feed names, so that nothing moves when bytes arrive. */

export type Layout = "grid" | "masonry" | "carousel" | "wall";

export interface Box {
  x: number;
  y: number;
  width: number;
  /** Of picture and caption together. */
  height: number;
}

export interface Plan {
  boxes: Box[];
  height: number;
}

/** All lengths in CSS pixels. */
export interface Measures {
  width: number;
  gap: number;
  /** The narrowest that a column may be. */
  cell: number;
  /** Height of a picture in a row of the wall or the carousel. */
  row: number;
  caption: number;
  /** Width by height of a grid cell's picture. */
  ratio: number;
  /** The most columns to make. */
  columns: number;
  rtl: boolean;
}

/** Extreme panoramas and strips keep a place that others can stand beside. */
const [TALLEST, WIDEST] = [0.5, 2.4];

/** Ratios to reserve space with before any are known: a plausible mix, so that the room is about right. */
const TYPICAL = [4 / 3, 3 / 4, 1, 3 / 2, 4 / 5, 4 / 3, 2 / 3];

export function typicalRatios(count: number): number[] {
  return Array.from({ length: count }, (_, index) => TYPICAL[index % TYPICAL.length] as number);
}

/** `ratios` are width by height, one for each picture in reading order. */
export function arrange(layout: Layout, ratios: readonly number[], measures: Measures): Plan {
  const plan = LAYOUTS[layout](ratios.map(clampRatio), measures);
  return measures.rtl ? mirror(plan, measures.width) : plan;
}

/** How many leading boxes stand whole inside `height`; at least one, since an empty room says nothing. */
export function fitting(plan: Plan, height: number): number {
  const beyond = plan.boxes.findIndex((box) => box.y + box.height > height + 1);
  return beyond < 0 ? plan.boxes.length : Math.max(1, beyond);
}

const LAYOUTS: Record<Layout, (ratios: number[], measures: Measures) => Plan> = { grid, masonry, carousel, wall };

function clampRatio(ratio: number): number {
  return Math.min(WIDEST, Math.max(TALLEST, ratio));
}

function columnsOf({ width, gap, cell, columns }: Measures): { count: number; column: number } {
  const count = Math.max(1, Math.min(columns, Math.floor((width + gap) / (cell + gap))));
  return { count, column: (width - gap * (count - 1)) / count };
}

function grid(ratios: number[], measures: Measures): Plan {
  const { count, column } = columnsOf(measures);
  const height = column / measures.ratio + measures.caption;
  const boxes = ratios.map((_, index) => ({
    x: (index % count) * (column + measures.gap),
    y: Math.floor(index / count) * (height + measures.gap),
    width: column,
    height,
  }));
  return { boxes, height: heightOf(boxes) };
}

function masonry(ratios: number[], measures: Measures): Plan {
  const { count, column } = columnsOf(measures);
  const ends = new Array<number>(count).fill(0);
  const boxes = ratios.map((ratio) => {
    const lane = ends.indexOf(Math.min(...ends));
    const box = {
      x: lane * (column + measures.gap),
      y: ends[lane] as number,
      width: column,
      height: column / ratio + measures.caption,
    };
    ends[lane] = box.y + box.height + measures.gap;
    return box;
  });
  return { boxes, height: heightOf(boxes) };
}

/** Rows that fill the width, as in a contact sheet; a last row that cannot is as high as the one above it. */
function wall(ratios: number[], measures: Measures): Plan {
  const boxes: Box[] = [];
  let y = 0;
  let picture = measures.row;
  for (const row of rowsOf(ratios, measures)) {
    picture = rowHeight(row, picture, measures);
    let x = 0;
    for (const ratio of row) {
      boxes.push({ x, y, width: ratio * picture, height: picture + measures.caption });
      x += ratio * picture + measures.gap;
    }
    y += picture + measures.caption + measures.gap;
  }
  return { boxes, height: heightOf(boxes) };
}

function rowsOf(ratios: number[], { width, gap, row }: Measures): number[][] {
  const rows: number[][] = [];
  let line: number[] = [];
  for (const ratio of ratios) {
    line.push(ratio);
    if (sum(line) * row + gap * (line.length - 1) >= width) {
      rows.push(line);
      line = [];
    }
  }
  return line.length ? [...rows, line] : rows;
}

function rowHeight(line: number[], above: number, { width, gap, row }: Measures): number {
  const filling = (width - gap * (line.length - 1)) / sum(line);
  // A last row that is nearly full may grow a little; a single picture must not become a poster.
  return filling <= Math.max(row, above * 1.25) ? filling : above;
}

/** One line that the visitor scrolls: only the sizes matter, the browser sets them side by side. */
function carousel(ratios: number[], measures: Measures): Plan {
  let x = 0;
  const boxes = ratios.map((ratio) => {
    const width = Math.min(ratio * measures.row, measures.width);
    const box = { x, y: 0, width, height: measures.row + measures.caption };
    x += width + measures.gap;
    return box;
  });
  return { boxes, height: measures.row + measures.caption };
}

function mirror(plan: Plan, width: number): Plan {
  return { ...plan, boxes: plan.boxes.map((box) => ({ ...box, x: width - box.x - box.width })) };
}

function heightOf(boxes: Box[]): number {
  return Math.max(0, ...boxes.map((box) => box.y + box.height));
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
