import type { Item } from "../src/feed";

/** An item of feed.json as publishing writes it, with what a test wants to be different. */
export function rawItem(id: string, changes: Record<string, unknown> = {}, own: Record<string, unknown> = {}) {
  return {
    id,
    url: `https://social.example/@mira/${id}`,
    external_url: `https://social.example/@mira/${id}`,
    content_text: `Evening light, ${id}`,
    authors: [{ name: "Mira Example", url: "https://social.example/@mira" }],
    ...changes,
    _chorus: {
      post_id: `post-${id}`,
      revision: 1,
      credit: "Photo: Mira Example (@mira)",
      platform: "mastodon",
      media: [rawMedia(id)],
      ...own,
    },
  };
}

export function rawMedia(id: string) {
  return {
    media_id: `media-${id}`,
    alt: "A lamp on a balcony",
    width: 1600,
    height: 1200,
    thumb_hash: "1QcSHQRnh493V4dIh4eXh1h4kJUI",
    colour: "#886644",
    focal: { x: 0.25, y: 0.75 },
    renditions: [
      { url: `/media/lumen/${id}/1080.jpg`, type: "image/jpeg", width: 1080, height: 810 },
      { url: `/media/lumen/${id}/320.webp`, type: "image/webp", width: 320, height: 240 },
      { url: `/media/lumen/${id}/320.jpg`, type: "image/jpeg", width: 320, height: 240 },
    ],
  };
}

export function rawFeed(items: unknown[], next?: string) {
  return { version: "https://jsonfeed.org/version/1.1", title: "Lumen", items, ...(next ? { next_url: next } : {}) };
}

export function item(id: string, changes: Partial<Item> = {}): Item {
  return {
    id,
    link: "",
    mine: "",
    text: "",
    language: "",
    author: "Mira Example",
    credit: "Photo: Mira Example",
    validUntil: Number.POSITIVE_INFINITY,
    photos: [],
    ...changes,
  };
}
