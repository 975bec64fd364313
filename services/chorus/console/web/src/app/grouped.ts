/** Puts together what has the same key, in the order in which the first of each comes. */
export function grouped<T>(items: Iterable<T>, key: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const same = found.get(key(item));
    if (same) {
      same.push(item);
    } else {
      found.set(key(item), [item]);
    }
  }
  return [...found.values()];
}
