/** What the gallery takes from a surface's feed.json: JSON Feed 1.1 with `_chorus`, as docs/feeds.md describes it. */

export interface Rendition {
  url: string;
  type: string;
  width: number;
  height: number;
}

export interface Photo {
  id: string;
  alt: string;
  width: number;
  height: number;
  /** ThumbHash in base64, or "" where there is none. */
  thumbHash: string;
  colour: string;
  /** Where the eye should rest, from 0 to 1 from the left and from the top. */
  focal: { x: number; y: number };
  /** From small to large, every type mixed. Never empty. */
  renditions: Rendition[];
}

export interface Item {
  id: string;
  /** The post at its source, or "" where it has no address there. */
  link: string;
  /** Where somebody says that it is theirs, or "" where the feed names no such place. */
  mine: string;
  text: string;
  language: string;
  author: string;
  credit: string;
  /** Milliseconds since 1970; Infinity where the consent has no end. */
  validUntil: number;
  photos: Photo[];
}

export interface Page {
  items: Item[];
  /** Address of the next page, or "" on the last one. */
  next: string;
}

/** Says why a feed cannot be read. What is wrong with one item only costs that item, never the page. */
export class UnreadableFeed extends Error {}

type Raw = Record<string, unknown>;

/**
 * Reads one page. `base` is the address that it came from, against which relative addresses stand.
 * @throws UnreadableFeed where the document is no JSON Feed.
 */
export function readPage(document: unknown, base: string): Page {
  const feed = asObject(document);
  if (!String(feed["version"] ?? "").startsWith("https://jsonfeed.org/version/")) {
    throw new UnreadableFeed("this is no JSON Feed");
  }
  const next = webAddress(feed["next_url"], base);
  return { items: asList(feed["items"]).flatMap((raw) => readItem(asObject(raw), base)), next: sameOrigin(next, base) };
}

function readItem(raw: Raw, base: string): Item[] {
  const own = asObject(raw["_chorus"]);
  const author = asObject(asList(raw["authors"])[0]);
  const id = asText(raw["id"]);
  const credit = asText(own["credit"]);
  // A picture without its creator's name is not to be shown, so an item without a credit line is no item.
  if (!id || !credit) return [];
  return [
    {
      id,
      credit,
      link: webAddress(raw["external_url"] ?? raw["url"], base),
      mine: webAddress(own["mine_url"], base),
      text: asText(raw["content_text"]),
      language: asText(raw["language"]),
      author: asText(author["name"]),
      validUntil: asInstant(own["valid_until"]),
      photos: asList(own["media"]).flatMap((media) => readPhoto(asObject(media), base)),
    },
  ];
}

function readPhoto(raw: Raw, base: string): Photo[] {
  const renditions = asList(raw["renditions"])
    .flatMap((entry) => readRendition(asObject(entry), base))
    .sort((a, b) => a.width - b.width);
  const largest = renditions.at(-1);
  if (!largest) return [];
  const focal = asObject(raw["focal"]);
  return [
    {
      id: asText(raw["media_id"]),
      alt: asText(raw["alt"]),
      width: asSize(raw["width"]) || largest.width,
      height: asSize(raw["height"]) || largest.height,
      thumbHash: asText(raw["thumb_hash"]),
      colour: asColour(raw["colour"]),
      focal: { x: asShare(focal["x"]), y: asShare(focal["y"]) },
      renditions,
    },
  ];
}

function readRendition(raw: Raw, base: string): Rendition[] {
  const rendition = {
    url: webAddress(raw["url"], base),
    type: asText(raw["type"]),
    width: asSize(raw["width"]),
    height: asSize(raw["height"]),
  };
  return rendition.url && rendition.width && rendition.height ? [rendition] : [];
}

/** Only http and https: a creator's permalink must never become `javascript:` on a brand's page. */
function webAddress(value: unknown, base: string): string {
  const text = asText(value);
  if (!text) return "";
  try {
    const url = new URL(text, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

/** The next page is asked with the surface's key, which must not travel to another origin. */
function sameOrigin(address: string, base: string): string {
  return address && new URL(address).origin === new URL(base).origin ? address : "";
}

function asObject(value: unknown): Raw {
  return typeof value === "object" && value !== null ? (value as Raw) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function asSize(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}

function asShare(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= 1 ? value : 0.5;
}

function asColour(value: unknown): string {
  const text = asText(value);
  return /^#[0-9a-f]{6}$/i.test(text) ? text : "";
}

/** An end that cannot be read counts as passed: hiding a picture too early harms nobody. */
function asInstant(value: unknown): number {
  if (value === undefined || value === null) return Number.POSITIVE_INFINITY;
  const instant = Date.parse(asText(value));
  return Number.isNaN(instant) ? 0 : instant;
}
