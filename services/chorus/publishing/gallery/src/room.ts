/**
 * The height that the gallery takes on the page, and when that may change.
 *
 * A page must not jump because pictures arrived or left. So the room is reserved before anything is known, and then
 * changes only while its end is out of the visitor's sight, or because the visitor asked for more.
 */
export class Room {
  #height = 0;
  #endInSight = true;
  readonly #watch: IntersectionObserver;

  /** `stage` holds the pictures; `end` is what comes last in the gallery. `freed` is told when the room may change. */
  constructor(
    readonly stage: HTMLElement,
    readonly end: HTMLElement,
    freed: () => void,
  ) {
    this.#watch = new IntersectionObserver((entries) => {
      this.#endInSight = entries.at(-1)?.isIntersecting ?? true;
      if (!this.#endInSight) freed();
    });
    this.#watch.observe(end);
  }

  get height(): number {
    return this.#height;
  }

  get fixed(): boolean {
    return this.#endInSight;
  }

  /** Takes a height whatever is in sight: at the first layout, on a new width, on the visitor's own wish. */
  take(height: number): void {
    this.#height = height;
    this.stage.style.blockSize = `${height}px`;
  }

  /** Moves towards a height as far as nobody can see it: never so far up that the end comes into sight. */
  ease(height: number): void {
    if (this.fixed) return;
    const top = this.stage.getBoundingClientRect().top;
    const unseen = top + this.#height > 0 ? innerHeight - top + 1 : 0;
    this.take(Math.max(height, Math.min(this.#height, unseen)));
  }

  close(): void {
    this.#watch.disconnect();
  }
}
