import { readPage, type Item, type Page } from "./feed";

/** What a look at the feed found. `held` is the server saying: show nothing for now, it will come back. */
export type Look =
  | { kind: "read"; items: Item[]; more: boolean }
  | { kind: "held" }
  | { kind: "refused"; status: number }
  | { kind: "unreachable" };

const PATIENCE_MS = 15_000;

/**
 * Reads a surface's feed, page by page, again and again.
 *
 * Each look walks every page that was asked for so far, since a post can be withdrawn from any of them. The walk is
 * cheap: `no-cache` makes the browser ask with the ETag that it holds, and an unchanged page costs a 304.
 */
export class FeedReader {
  #pages = 1;
  #known = new Set<string>();
  #walk: AbortController | undefined;

  constructor(
    readonly src: string,
    readonly key: string,
    readonly ask: typeof fetch = (...request) => fetch(...request),
  ) {}

  /** One page more than before. */
  more(): Promise<Look | undefined> {
    this.#pages += 1;
    return this.look();
  }

  /** Looks at the feed. Undefined where a later look has taken over. */
  async look(): Promise<Look | undefined> {
    this.stop();
    const walk = new AbortController();
    this.#walk = walk;
    const timer = setTimeout(() => walk.abort(), PATIENCE_MS);
    const found = await this.#read(walk.signal).catch((): Look => ({ kind: "unreachable" }));
    clearTimeout(timer);
    return this.#walk === walk ? found : undefined;
  }

  stop(): void {
    this.#walk?.abort();
    this.#walk = undefined;
  }

  async #read(signal: AbortSignal): Promise<Look> {
    const items = new Map<string, Item>();
    let next = this.src;
    for (let page = 0; next && this.#wants(page, items); page += 1) {
      const answer = await this.#page(next, signal);
      if ("kind" in answer) return answer;
      for (const item of answer.items) items.set(item.id, item);
      next = answer.next;
    }
    this.#known = new Set(items.keys());
    return { kind: "read", items: [...items.values()], more: next !== "" };
  }

  /** New posts push known ones over the end of the last page: one page more finds them before they count as gone. */
  #wants(page: number, items: Map<string, Item>): boolean {
    if (page < this.#pages) return true;
    return page === this.#pages && [...this.#known].some((id) => !items.has(id));
  }

  async #page(address: string, signal: AbortSignal): Promise<Page | Look> {
    const headers: Record<string, string> = this.key ? { Authorization: `Bearer ${this.key}` } : {};
    const answer = await this.ask(address, { headers, signal, cache: "no-cache", credentials: "omit" });
    if (answer.status === 503) return { kind: "held" };
    if (answer.status === 429 || answer.status >= 500) return { kind: "unreachable" };
    if (!answer.ok) return { kind: "refused", status: answer.status };
    return readPage(await answer.json(), address);
  }
}
