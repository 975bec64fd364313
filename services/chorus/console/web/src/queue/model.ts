import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type Collection, FilterSchema, type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { MediaState } from "../api/chorus/api/types/v1/media_pb.js";
import type { Source } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import type { PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { rightsOf } from "../post/knowledge.js";
import { say } from "../ui/status.js";
import { Decisions } from "./decisions.js";
import { Deck } from "./deck.js";
import { filterOf, orderOf, statesOf, type View } from "./filter.js";

const PAGE = 60;
/** How far down a post is looked for when somebody comes back to it. */
const MOST_PAGES = 5;

/** Sent when the queue has counted anew, for whoever else shows a count. */
export const COUNTED = "chorus-counted";

/** What the queue's screen holds: the deck, its pages, the counts, and what is new since it was dealt. */
export class QueueModel implements ReactiveController {
  readonly deck = new Deck();
  readonly decisions: Decisions;
  status: "loading" | "full" | "error" = "loading";
  why?: Refusal;
  reading = false;
  version = 0;
  fresh = 0n;
  counts: ReadonlyMap<State, bigint> = new Map();
  rights = new Map<string, PostRights>();
  sources: Source[] = [];
  collections: Collection[] = [];
  languages: string[] = [];
  private next = "";
  private turn = 0;
  private counting?: number;
  private newest?: Timestamp;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly brand: string,
    private view: View,
  ) {
    host.addController(this);
    this.decisions = new Decisions(brand, this.deck, house().curation, {
      changed: () => this.changed(),
      refused: (text) => say({ text, tone: "bad" }),
    });
  }

  hostConnected(): void {}

  /** The screen looks at the deck anew. */
  changed(): void {
    this.version += 1;
    this.host.requestUpdate();
  }

  /** Deals the view's first page; `at` is the post to have in focus. */
  async deal(view: View, at = ""): Promise<void> {
    const turn = ++this.turn;
    this.view = view;
    this.status = "loading";
    this.changed();
    try {
      const page = await this.pagesTo(at);
      if (turn === this.turn) {
        this.accept(page.posts, page.nextPageToken, at);
      }
    } catch (error) {
      this.why = refusal(error);
      this.status = turn === this.turn ? "error" : this.status;
    }
    this.changed();
  }

  private accept(posts: QueuedPost[], next: string, at: string): void {
    const states = statesOf(this.view);
    this.deck.deal(posts, (state) => states.length === 0 || states.includes(state), at);
    this.next = next;
    this.status = "full";
    this.fresh = 0n;
    this.rights.clear();
    this.newest = undefined;
    this.learn(posts);
    void this.recount();
  }

  /** Reads the next page, where there is one. */
  async more(): Promise<void> {
    if (this.reading || this.next === "" || this.status !== "full") {
      return;
    }
    const turn = this.turn;
    this.reading = true;
    this.changed();
    try {
      const page = await this.page(this.next);
      if (turn === this.turn) {
        this.deck.add(page.posts);
        this.next = page.nextPageToken;
        this.learn(page.posts);
      }
    } catch (error) {
      say({ text: refusal(error).message, tone: "bad" });
    } finally {
      this.reading = false;
      this.changed();
    }
  }

  /** The first page, and as many more as it takes to come back to a post that lay further down. */
  private async pagesTo(at: string): Promise<{ posts: QueuedPost[]; nextPageToken: string }> {
    let { posts, nextPageToken } = await this.page("");
    for (let read = 1; at !== "" && read < MOST_PAGES && nextPageToken !== "" && !posts.some((post) => post.post === at); read += 1) {
      const more = await this.page(nextPageToken);
      posts = [...posts, ...more.posts];
      nextPageToken = more.nextPageToken;
    }
    return { posts, nextPageToken };
  }

  private page(pageToken: string) {
    const request = { brand: this.brand, filter: filterOf(this.view), order: orderOf(this.view), pageSize: PAGE, pageToken };
    return house().curation.listPosts(request);
  }

  private learn(posts: QueuedPost[]): void {
    this.languages = [...new Set([...this.languages, ...posts.map((post) => post.language).filter(Boolean)])].sort();
    for (const post of posts) {
      this.newest = later(this.newest, post.capturedAt);
    }
    this.learnRights(posts);
  }

  private learnRights(posts: QueuedPost[]): void {
    void rightsOf(this.brand, posts).then((found) => {
      this.rights = new Map([...this.rights, ...found]);
      this.host.requestUpdate();
    });
  }

  /** Takes over what creators were asked about, and what was approved (by their ids) on the way. */
  asked(posts: QueuedPost[], approved: string[]): void {
    this.deck.decide(posts.filter((post) => approved.includes(post.post)), State.APPROVED);
    this.learnRights(posts);
    this.changed();
    this.recountSoon();
  }

  /** Counts once for all that is decided within a second: a count reads far more of the queue than a decision does. */
  recountSoon(): void {
    this.counting ??= window.setTimeout(() => {
      this.counting = undefined;
      void this.recount();
    }, 1000);
  }

  /** Counts by state under the view's other filters, and what has come since; silent where curation is away. */
  async recount(): Promise<void> {
    const filter = filterOf(this.view);
    const { curation } = house();
    const since = this.newest ?? create(TimestampSchema);
    try {
      const [all, under] = await Promise.all([
        curation.countPosts({ brand: this.brand, filter: create(FilterSchema, { ...filter, states: [] }) }),
        curation.countPosts({ brand: this.brand, filter, since }),
      ]);
      this.counts = new Map(all.counts.map((entry) => [entry.state, entry.posts]));
      this.fresh = under.newSince;
      window.dispatchEvent(new Event(COUNTED));
      this.host.requestUpdate();
    } catch {
      // The next count comes soon; the deck itself says when curation cannot be reached.
    }
  }

  /** Looks again at posts whose pictures were still on their way. */
  async lookForPictures(): Promise<void> {
    const coming = this.deck.posts.filter((post) => post.media.some((media) => media.state === MediaState.PENDING));
    if (coming.length === 0) {
      return;
    }
    try {
      const posts = coming.slice(0, 100).map((post) => post.post);
      this.deck.renew((await house().curation.batchGetPosts({ brand: this.brand, posts })).posts);
      this.changed();
    } catch {
      // The pictures are looked for again soon.
    }
  }

  /** What the filters offer. */
  async readChoices(): Promise<void> {
    const { ingest, curation } = house();
    const [sources, collections] = await Promise.allSettled([
      ingest.listSources({ brand: this.brand, pageSize: 100 }),
      curation.listCollections({ brand: this.brand, pageSize: 100 }),
    ]);
    this.sources = sources.status === "fulfilled" ? sources.value.sources : [];
    this.collections = collections.status === "fulfilled" ? collections.value.collections : [];
    this.host.requestUpdate();
  }
}

function later(one: Timestamp | undefined, other: Timestamp | undefined): Timestamp | undefined {
  if (!one || !other) {
    return one ?? other;
  }
  return timestampMs(other) > timestampMs(one) ? other : one;
}
