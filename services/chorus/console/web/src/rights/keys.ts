import type { KeyBindingMap } from "tinykeys";
import type { Card } from "../api/chorus/api/rights/v1/rights_pb.js";
import type { BoardColumn } from "./column.js";

/** What keys can do on the board. */
export interface BoardActs {
  readonly columns: BoardColumn[];
  ask(posts: Card[]): void;
  clear(): void;
  pick(card: Card): void;
}

/** The board's keys, as the help dialog names them; each is also a button. Enter is the card's own. */
export function boardKeys(board: BoardActs): KeyBindingMap {
  const move = (across: number, down: number) => () => step(board.columns, across, down);
  const onCard = (act: (card: Card) => void) => () => {
    const card = focused(board.columns);
    if (card) {
      act(card);
    }
  };
  return {
    ArrowLeft: move(-1, 0),
    ArrowRight: move(1, 0),
    ArrowUp: move(0, -1),
    ArrowDown: move(0, 1),
    h: move(-1, 0),
    l: move(1, 0),
    k: move(0, -1),
    j: move(0, 1),
    x: onCard((card) => board.pick(card)),
    p: onCard((card) => board.ask([card])),
    Escape: () => board.clear(),
  };
}

function focused(columns: BoardColumn[]): Card | undefined {
  const column = columns.find(({ at }) => at >= 0);
  return column?.cards[column.at];
}

/** Moves the focus; columns without a card are passed over, and the first key of all goes to the first card. */
function step(columns: BoardColumn[], across: number, down: number): void {
  const here = columns.findIndex(({ at }) => at >= 0);
  if (here < 0) {
    columns.some((column) => column.focusCard(0));
    return;
  }
  const position = (columns[here]?.at ?? 0) + down;
  const others = across < 0 ? columns.slice(0, here).reverse() : columns.slice(across > 0 ? here + 1 : here);
  others.some((column) => column.focusCard(position));
}
