/** What the gallery says, by language. English where the page's language is not kept here. */

const ENGLISH = {
  gallery: "Pictures from our community",
  loading: "Loading pictures",
  empty: "No pictures here yet.",
  failed: "The pictures could not be loaded.",
  refused: "These pictures are not available here.",
  held: "The pictures will be back soon.",
  retry: "Try again",
  more: "Show more",
  newer: (count: number) => (count === 1 ? "Show 1 new picture" : `Show ${count} new pictures`),
  shown: (count: number) => (count === 1 ? "1 picture" : `${count} pictures`),
  left: (count: number) => (count === 1 ? "1 picture was taken down" : `${count} pictures were taken down`),
  open: (what: string) => `Open: ${what}`,
  by: (who: string) => `picture by ${who}`,
  original: (who: string, where: string) => `Original post by ${who} on ${where}`,
  seeOriginal: "See the original post",
  mine: "Is this yours?",
  position: (index: number, count: number) => `${index} of ${count}`,
  photos: (count: number) => `${count} pictures in this post`,
  close: "Close",
  previous: "Previous picture",
  next: "Next picture",
};

export type Words = typeof ENGLISH;

const GERMAN: Words = {
  gallery: "Bilder aus unserer Community",
  loading: "Bilder werden geladen",
  empty: "Hier sind noch keine Bilder.",
  failed: "Die Bilder konnten nicht geladen werden.",
  refused: "Diese Bilder sind hier nicht verfügbar.",
  held: "Die Bilder sind gleich wieder da.",
  retry: "Erneut versuchen",
  more: "Mehr zeigen",
  newer: (count) => (count === 1 ? "1 neues Bild zeigen" : `${count} neue Bilder zeigen`),
  shown: (count) => (count === 1 ? "1 Bild" : `${count} Bilder`),
  left: (count) => (count === 1 ? "1 Bild wurde entfernt" : `${count} Bilder wurden entfernt`),
  open: (what) => `Öffnen: ${what}`,
  by: (who) => `Bild von ${who}`,
  original: (who, where) => `Originalbeitrag von ${who} auf ${where}`,
  seeOriginal: "Zum Originalbeitrag",
  mine: "Ist das von dir?",
  position: (index, count) => `${index} von ${count}`,
  photos: (count) => `${count} Bilder in diesem Beitrag`,
  close: "Schließen",
  previous: "Vorheriges Bild",
  next: "Nächstes Bild",
};

const LANGUAGES: Record<string, Words> = { en: ENGLISH, de: GERMAN };

/** `tag` is a BCP 47 language tag such as `de-AT`. */
export function wordsFor(tag: string): Words {
  return LANGUAGES[tag.toLowerCase().split("-")[0] ?? ""] ?? ENGLISH;
}

/** The closest `lang` around an element, also across the shadow roots of a page's own components. */
export function languageAround(element: Element): string {
  const marked = element.closest("[lang]");
  if (marked) return marked.getAttribute("lang") ?? "";
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? languageAround(root.host) : "";
}
