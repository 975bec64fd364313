import type { Client } from "@connectrpc/connect";
import { type Curation, type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { refusal } from "../app/errors.js";
import { newRequestId, persist } from "../app/retry.js";
import type { Deck, Taken } from "./deck.js";

interface Act {
  taken: Taken[];
  state: State;
  /** The posts as curation answered, each with the decision that undo takes back; null where it was refused. */
  answered: Promise<QueuedPost[] | null>;
}

/** Where the outcome is told: `changed` after every step that the screen must show. */
export interface Audience {
  changed(): void;
  refused(message: string): void;
}

/** Decides at once on the screen and then for real; what is refused comes back, and the last act can be undone. */
export class Decisions {
  private readonly acts: Act[] = [];

  constructor(
    private readonly brand: string,
    private readonly deck: Deck,
    private readonly curation: Client<typeof Curation>,
    private readonly audience: Audience,
  ) {}

  get canUndo(): boolean {
    return this.acts.length > 0;
  }

  /** Shows the decision in the same frame; the promise is kept when the service has answered. */
  async decide(posts: QueuedPost[], state: State, reason = ""): Promise<void> {
    const act: Act = { taken: this.deck.decide(posts, state), state, answered: Promise.resolve(null) };
    act.answered = this.send(act, reason);
    this.acts.push(act);
    this.audience.changed();
    await act.answered;
  }

  /** Takes the last act back, also while it is still on its way. */
  async undo(): Promise<void> {
    const act = this.acts.pop();
    if (!act) {
      return;
    }
    this.deck.putBack(act.taken);
    this.audience.changed();
    const answered = await act.answered;
    if (answered) {
      await this.takeBack(act, answered);
    }
  }

  private async send(act: Act, reason: string): Promise<QueuedPost[] | null> {
    const posts = act.taken.map(({ post }) => ({ post: post.post, revision: post.revision, seenDecision: post.decision }));
    const request = { brand: this.brand, posts, state: act.state, reason, requestId: newRequestId() };
    try {
      const answer = await persist(() => this.curation.decide(request));
      this.deck.renew(answer.posts);
      return answer.posts;
    } catch (error) {
      this.refuse(act, error);
      await this.readAgain(act);
      return null;
    } finally {
      this.audience.changed();
    }
  }

  private refuse(act: Act, error: unknown): void {
    const position = this.acts.indexOf(act);
    if (position >= 0) {
      this.acts.splice(position, 1);
    }
    this.deck.putBack(act.taken);
    this.audience.refused(refusal(error).message);
  }

  /** What was refused may have changed meanwhile; the next try must be about what is there now. */
  private async readAgain(act: Act): Promise<void> {
    const posts = act.taken.map(({ post }) => post.post);
    const read = await this.curation.batchGetPosts({ brand: this.brand, posts }).catch(() => null);
    this.deck.renew(read?.posts ?? []);
  }

  private async takeBack(act: Act, answered: QueuedPost[]): Promise<void> {
    const decisions = answered.map((post) => post.decision);
    const request = { brand: this.brand, decisions, requestId: newRequestId() };
    try {
      this.deck.renew((await persist(() => this.curation.undo(request))).posts);
    } catch (error) {
      this.deck.decide(answered, act.state);
      this.audience.refused(`It could not be undone. ${refusal(error).message}`);
    }
    this.audience.changed();
  }
}
