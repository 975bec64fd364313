import { thumbHashToRGBA } from "thumbhash";
import { make } from "./dom";
import type { Photo, Rendition } from "./feed";

/** A picture that shows its colour from the first frame, soon its blur, and itself once its bytes are there. */
export interface PhotoView {
  element: HTMLElement;
  /** Tells the browser how wide the picture will be drawn, in CSS pixels, so that it fetches no more than that. */
  drawnAt(width: number): void;
}

export function photoView(photo: Photo, options: { lazy: boolean; broken: () => void }): PhotoView {
  const { webp, others } = byType(photo.renditions);
  const fallback = others.at(-1) ?? webp.at(-1);
  const image = make("img", {
    part: "image",
    alt: photo.alt,
    width: photo.width,
    height: photo.height,
    loading: options.lazy ? "lazy" : "eager",
    decoding: "async",
  });
  image.addEventListener("load", () => image.classList.add("there"));
  image.addEventListener("error", options.broken);
  const sources = webp.length ? [make("source", { type: "image/webp", srcset: srcset(webp) })] : [];
  const picture = make("picture", {}, ...sources, image);
  const element = make("span", { class: "photo", part: "picture" }, ...placeholder(photo), picture);
  if (photo.colour) element.style.backgroundColor = photo.colour;
  element.style.setProperty("--focal", `${photo.focal.x * 100}% ${photo.focal.y * 100}%`);
  let widest = 0;
  return {
    element,
    drawnAt(width) {
      // Every change makes the browser choose and fetch anew, so only a wider place is worth one.
      if (width <= widest) return;
      widest = width;
      const sizes = `${Math.ceil(width)}px`;
      for (const source of sources) source.sizes = sizes;
      image.sizes = sizes;
      // The address comes after the size: given the other way round, the browser would fetch the largest one first.
      if (!image.srcset) image.srcset = srcset(others.length ? others : webp);
      if (!image.src && fallback) image.src = fallback.url;
    },
  };
}

/** How wide a picture is drawn that covers a box: wider than the box where the box is the taller of the two. */
export function coveringWidth(photo: Photo, width: number, height: number): number {
  return Math.max(width, (height * photo.width) / photo.height);
}

function byType(renditions: Rendition[]): { webp: Rendition[]; others: Rendition[] } {
  const isWebp = (rendition: Rendition) => rendition.type === "image/webp";
  return { webp: renditions.filter(isWebp), others: renditions.filter((rendition) => !isWebp(rendition)) };
}

function srcset(renditions: Rendition[]): string {
  return renditions.map((rendition) => `${rendition.url} ${rendition.width}w`).join(", ");
}

/** A canvas and no data: address, since a page's content policy may well forbid those. */
function placeholder(photo: Photo): HTMLCanvasElement[] {
  if (!photo.thumbHash) return [];
  const canvas = make("canvas", { "aria-hidden": "true" });
  if (undrawn.push(() => draw(canvas, photo.thumbHash)) === 1) requestAnimationFrame(drawSome);
  return [canvas];
}

/** Blurs to come, a few in each frame: those of a whole page at once would keep it from answering a finger. */
const undrawn: (() => void)[] = [];
const DRAWING_MS = 8;

function drawSome(now: number): void {
  while (undrawn.length && performance.now() - now < DRAWING_MS) undrawn.shift()?.();
  if (undrawn.length) requestAnimationFrame(drawSome);
}

function draw(canvas: HTMLCanvasElement, thumbHash: string): void {
  try {
    const hash = Uint8Array.from(atob(thumbHash), (character) => character.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(hash);
    Object.assign(canvas, { width: w, height: h });
    canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
  } catch {
    canvas.remove(); // A hash that cannot be read costs its blur; the colour behind it stays.
  }
}
