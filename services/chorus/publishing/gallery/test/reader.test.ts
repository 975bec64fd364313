import { expect, test } from "vitest";
import { FeedReader } from "../src/reader";
import { rawFeed, rawItem } from "./examples";

const SRC = "https://public.example/feed.json";

/** A feed server in two pages: answers by address, remembers what it was asked. */
class Server {
  readonly asked: { url: string; authorization: string | null; mode: RequestInit }[] = [];
  readonly pages = new Map<string, () => Response>();

  serve(query: string, ids: string[], next?: string): this {
    const items = ids.map((id) => rawItem(id));
    this.pages.set(SRC + query, () => Response.json(rawFeed(items, next)));
    return this;
  }

  readonly ask = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const authorization = new Headers(init.headers).get("authorization");
    this.asked.push({ url: String(url), authorization, mode: init });
    const page = this.pages.get(String(url));
    if (!page) throw new TypeError("network");
    return page();
  };
}

const idsOf = (look: unknown) => (look as { items: { id: string }[] }).items.map(({ id }) => id);

test("the first look reads one page and says whether there is more", async () => {
  const server = new Server().serve("", ["a", "b"], "?p=2").serve("?p=2", ["c"]);
  const look = await new FeedReader(SRC, "", server.ask).look();
  expect(look).toMatchObject({ kind: "read", more: true });
  expect(idsOf(look)).toEqual(["a", "b"]);
  expect(server.asked).toHaveLength(1);
});

test("every later look walks all pages that were asked for, so that a withdrawal on any of them is seen", async () => {
  const server = new Server().serve("", ["a", "b"], "?p=2").serve("?p=2", ["c", "d"]);
  const reader = new FeedReader(SRC, "", server.ask);
  await reader.look();
  expect(idsOf(await reader.more())).toEqual(["a", "b", "c", "d"]);
  server.serve("?p=2", ["d"]);
  expect(idsOf(await reader.look())).toEqual(["a", "b", "d"]);
});

test("a post that new ones pushed onto the next page is not taken for withdrawn", async () => {
  const server = new Server().serve("", ["a", "b"]);
  const reader = new FeedReader(SRC, "", server.ask);
  await reader.look();
  server.serve("", ["n", "a"], "?p=2").serve("?p=2", ["b"]);
  expect(idsOf(await reader.look())).toEqual(["n", "a", "b"]);
});

test("the feed is asked without cookies, past the browser's cache, and with the key where there is one", async () => {
  const server = new Server().serve("", ["a"]);
  await new FeedReader(SRC, "", server.ask).look();
  await new FeedReader(SRC, "key-1", server.ask).look();
  expect(server.asked.map(({ authorization }) => authorization)).toEqual([null, "Bearer key-1"]);
  expect(server.asked[0]?.mode).toMatchObject({ credentials: "omit", cache: "no-cache" });
});

test.each([
  [503, { kind: "held" }],
  [403, { kind: "refused", status: 403 }],
  [404, { kind: "refused", status: 404 }],
  [429, { kind: "unreachable" }],
  [500, { kind: "unreachable" }],
])("an answer of %i is told apart", async (status, expected) => {
  const server = new Server();
  server.pages.set(SRC, () => new Response("{}", { status }));
  expect(await new FeedReader(SRC, "", server.ask).look()).toEqual(expected);
});

test("a page that is held holds the whole gallery, even where it is not the first one", async () => {
  const server = new Server().serve("", ["a"], "?p=2");
  server.pages.set(`${SRC}?p=2`, () => new Response("", { status: 503 }));
  expect(await new FeedReader(SRC, "", server.ask).more()).toEqual({ kind: "held" });
});

test.each(["not json", '{"version":"2"}'])("a document that cannot be read counts as unreachable: %s", async (body) => {
  const server = new Server();
  server.pages.set(SRC, () => new Response(body));
  expect(await new FeedReader(SRC, "", server.ask).look()).toEqual({ kind: "unreachable" });
});

test("a look that was overtaken by a later one says nothing", async () => {
  const server = new Server().serve("", ["a"]);
  const reader = new FeedReader(SRC, "", server.ask);
  const [first, second] = await Promise.all([reader.look(), reader.look()]);
  expect(first).toBeUndefined();
  expect(idsOf(second)).toEqual(["a"]);
});
