import type { QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";

/** A post that left the deck, and where it lay. */
export interface Taken {
  post: QueuedPost;
  index: number;
}

/** The posts that a curator sees, in order, and the one that has the focus. Pure: the screen renders what it holds. */
export class Deck {
  posts: QueuedPost[] = [];
  /** The id of the post in focus, empty where there is none. */
  at = "";
  readonly selected = new Set<string>();

  constructor(private shows: (state: State) => boolean = () => true) {}

  /** Starts anew with what a changed view shows. */
  deal(posts: QueuedPost[], shows: (state: State) => boolean, at = ""): void {
    this.shows = shows;
    this.posts = posts;
    this.selected.clear();
    this.at = posts.some((post) => post.post === at) ? at : (posts[0]?.post ?? "");
  }

  /** Adds a further page; a post that is here already is not doubled. */
  add(posts: QueuedPost[]): void {
    const here = new Set(this.posts.map((post) => post.post));
    this.posts = [...this.posts, ...posts.filter((post) => !here.has(post.post))];
    this.at ||= this.posts[0]?.post ?? "";
  }

  get index(): number {
    return this.posts.findIndex((post) => post.post === this.at);
  }

  get focused(): QueuedPost | undefined {
    return this.posts[this.index];
  }

  /** Those that a command is about: the selection, else the one in focus. */
  get chosen(): QueuedPost[] {
    const selected = this.posts.filter((post) => this.selected.has(post.post));
    return selected.length > 0 || !this.focused ? selected : [this.focused];
  }

  /** Moves the focus by `steps`, staying inside; `extend` selects all on the way. */
  move(steps: number, extend = false): void {
    const from = Math.max(this.index, 0);
    const to = Math.min(Math.max(from + steps, 0), this.posts.length - 1);
    if (extend) {
      this.selectRange(from, to);
    }
    this.at = this.posts[to]?.post ?? "";
  }

  toggle(post: string): void {
    if (!this.selected.delete(post)) {
      this.selected.add(post);
    }
  }

  selectRange(from: number, to: number): void {
    for (const post of this.posts.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      this.selected.add(post.post);
    }
  }

  /** Gives posts a new state: those that the view does not show leave, and the next has the focus. */
  decide(posts: QueuedPost[], state: State): Taken[] {
    const ids = new Set(posts.map((post) => post.post));
    const taken = this.posts.map((post, index) => ({ post, index })).filter(({ post }) => ids.has(post.post));
    const next = this.after(ids);
    this.posts = this.shows(state)
      ? this.posts.map((post) => (ids.has(post.post) ? { ...post, state } : post))
      : this.posts.filter((post) => !ids.has(post.post));
    this.at = this.shows(state) ? this.at : next;
    for (const id of ids) {
      this.selected.delete(id);
    }
    return taken;
  }

  /** Puts posts back where they lay; the first of them has the focus. */
  putBack(taken: Taken[]): void {
    const ids = new Set(taken.map(({ post }) => post.post));
    this.posts = this.posts.filter((post) => !ids.has(post.post));
    for (const { post, index } of [...taken].sort((a, b) => a.index - b.index)) {
      this.posts.splice(Math.min(index, this.posts.length), 0, post);
    }
    this.at = taken[0]?.post.post ?? this.at;
  }

  /** Takes over what a service said about posts that are here. */
  renew(posts: QueuedPost[]): void {
    const known = new Map(posts.map((post) => [post.post, post]));
    this.posts = this.posts.map((post) => known.get(post.post) ?? post);
  }

  private after(leaving: Set<string>): string {
    const stays = (post: QueuedPost): boolean => !leaving.has(post.post);
    const from = Math.max(this.index, 0);
    const next = this.posts.slice(from).find(stays) ?? this.posts.slice(0, from).findLast(stays);
    return next?.post ?? "";
  }
}
