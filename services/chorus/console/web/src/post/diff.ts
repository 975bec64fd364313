export interface Piece {
  kind: "same" | "added" | "removed";
  text: string;
}

const split = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? [];

/** What changed between two texts, word by word: a longest common subsequence, neighbours of one kind joined. */
export function diff(before: string, after: string): Piece[] {
  const old = split(before);
  const now = split(after);
  const common = lengths(old, now);
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && old[i] === now[j]) {
      push(pieces, "same", old[i] ?? "");
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || at(common, i + 1, j) >= at(common, i, j + 1))) {
      push(pieces, "removed", old[i++] ?? "");
    } else {
      push(pieces, "added", now[j++] ?? "");
    }
  }
  return pieces;
}

const at = (table: number[][], i: number, j: number): number => table[i]?.[j] ?? 0;

/** table[i][j]: how many words the rests from i and from j have in common, in order. */
function lengths(old: string[], now: string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = table[i] as number[];
      row[j] = old[i] === now[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function push(pieces: Piece[], kind: Piece["kind"], text: string): void {
  const last = pieces.at(-1);
  if (last?.kind === kind) {
    last.text += text;
  } else {
    pieces.push({ kind, text });
  }
}
