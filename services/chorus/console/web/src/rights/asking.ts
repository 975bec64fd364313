import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import { State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Channel } from "../api/chorus/api/rights/v1/contact_pb.js";
import type { Standing } from "../api/chorus/api/rights/v1/rights_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { grouped } from "../app/grouped.js";
import { house } from "../app/house.js";
import { newRequestId, persist } from "../app/retry.js";
import type { Ruled } from "../surfaces/rule.js";
import type { Question } from "./request.js";
import { canStand } from "./standing.js";

/** What is needed of a post to ask for it, and what tells where it would appear, if that is known. */
export type Askable = Pick<QueuedPost, "post" | "revision" | "state" | "account"> & Partial<Ruled>;

/** True of a post of which it is known what tells where it would appear. */
export const isRuled = (post: Askable): post is Askable & Ruled => post.collections !== undefined;

/** What became of one question; a link is there where people send it. `open` was not sent yet, or must be sent again. */
export type Outcome =
  | { state: "open" }
  | Asked
  | { state: "skipped"; why: string }
  | { state: "failed"; why: string };

/** Where a creator was asked about several posts, all of them have one link and message. */
interface Asked {
  state: "asked";
  request: string;
  link: string;
  message: string;
}

export interface Entry {
  post: Askable;
  outcome: Outcome;
  /** One id for one question: however often it is sent, the creator is asked once. */
  requestId: string;
}

/** Refusals that say that the creator need not, or may not, be asked. */
const SKIPPED: Record<string, string> = {
  ALREADY_ASKED: "Asked already, no answer yet",
  ALREADY_GRANTED: "Granted already",
  SAID_NO: "Said no before",
  TAKEN_DOWN: "Taken down for a claim",
  OPTED_OUT: "Does not want to be asked",
  CONTACT_CAP: "Contacted often enough",
  NO_ADDRESS: "No e-mail address",
  NOT_APPROVED: "Not approved",
  POST_WITHDRAWN: "Gone at its source",
};

/** Whose a post is, by the platform's own id of the account; a post of nobody known is one of its own. */
export const ownerOf = ({ post, account }: Pick<Askable, "post" | "account">): string => (account?.id ? `${account.platform} ${account.id}` : post);

export const isApproved = (post: Askable): boolean => post.state === State.APPROVED || post.state === State.EDITED;

/** True where the question itself cannot be asked, of anybody. */
export const isOfTheQuestion = (why: Refusal): boolean => Object.keys(why.fields).length > 0 || why.reason === "TERMS_NOT_FOUND";

/**
 * Asks about posts, one after another, and keeps what became of each.
 *
 * Every question is a command of its own, so that what fails takes nothing from the others, and can be sent again: the
 * creator is asked once, since the same question has the same id, and of many, whoever was asked meanwhile is skipped.
 * In the end each creator has one link to all that they were asked about.
 */
export class Asking {
  entries: Entry[];
  running = false;
  /** Why the last question that failed did. */
  why?: Refusal;
  /** What was approved on the way. */
  readonly approved: string[] = [];
  private asked?: [Question, Standing?];
  private stopped = false;

  constructor(
    private readonly brand: string,
    posts: Askable[],
    private readonly changed: () => void,
  ) {
    this.entries = posts.map((post) => ({ post, outcome: { state: "open" }, requestId: newRequestId() }));
  }

  get many(): boolean {
    return this.entries.length > 1;
  }

  with(state: Outcome["state"]): Entry[] {
    return this.entries.filter(({ outcome }) => outcome.state === state);
  }

  get left(): Entry[] {
    return [...this.with("open"), ...this.with("failed")];
  }

  /** Approves what is not approved yet; throws what curation refuses. */
  async approve(): Promise<void> {
    const waiting = this.left.filter(({ post }) => !isApproved(post));
    if (waiting.length > 0) {
      const posts = waiting.map(({ post: { post, revision } }) => ({ post, revision }));
      await persist(() => house().curation.decide({ brand: this.brand, posts, state: State.APPROVED, requestId: newRequestId() }));
      for (const entry of waiting) {
        entry.post = { ...entry.post, state: State.APPROVED };
        this.approved.push(entry.post.post);
      }
    }
  }

  /** Asks all that is left; where rights cannot be reached it stops, and what was not sent stays open. */
  async run(question: Question, standing?: Standing): Promise<void> {
    this.take(question, standing);
    this.running = true;
    this.stopped = false;
    this.why = undefined;
    for (const entry of this.left) {
      this.changed();
      if (this.stopped) {
        break;
      }
      await this.ask(entry, question, standing);
    }
    await this.join();
    this.running = false;
    this.changed();
  }

  /** Makes one link for each creator of several posts; where that fails, each post keeps the link of its own. */
  private async join(): Promise<void> {
    for (const entries of grouped(this.with("asked"), ({ post }) => ownerOf(post))) {
      const asked = entries.flatMap(({ outcome }) => (outcome.state === "asked" ? [outcome] : []));
      const [request, ...others] = asked.map((one) => one.request);
      if (new Set(asked.map(({ link }) => link)).size > 1) {
        await this.share(asked, { brand: this.brand, request, others });
      }
    }
  }

  private async share(asked: Asked[], about: { brand: string; request?: string; others: string[] }): Promise<void> {
    try {
      const { link, message } = await persist(() => house().rights.createLink(about));
      for (const outcome of asked) {
        Object.assign(outcome, { link, message });
      }
    } catch {
      // They have been asked: each post keeps the link of its own.
    }
  }

  stop(): void {
    this.stopped = true;
  }

  /** Another question is another command. */
  private take(...asked: [Question, Standing?]): void {
    if (this.asked?.some((part, index) => part !== asked[index]) ?? true) {
      this.asked = asked;
      for (const entry of this.left) {
        entry.requestId = newRequestId();
      }
    }
  }

  /** Rights hears of an approval a moment later than curation decides it: that wait is no refusal. */
  private async ask(entry: Entry, question: Question, standing?: Standing): Promise<void> {
    if (!isApproved(entry.post)) {
      entry.outcome = { state: "skipped", why: SKIPPED.NOT_APPROVED as string };
      return;
    }
    const { reply, ...asked } = question;
    const message = question.channel === Channel.REPLY ? reply : question.message;
    const later = canStand(entry.post) ? standing : undefined;
    const request = { brand: this.brand, post: entry.post.post, ...asked, message, standing: later, onlyNew: this.many, requestId: entry.requestId };
    try {
      const { request: made, link, message: given } = await persist(() => house().rights.createRequest(request), { alsoWaitFor: ["NOT_APPROVED"] });
      entry.outcome = given ? { state: "asked", request: made?.request ?? "", link, message: given } : { state: "skipped", why: "Answered already" };
    } catch (error) {
      this.refused(entry, error);
    }
  }

  private refused(entry: Entry, error: unknown): void {
    const why = refusal(error);
    const skipped = this.many ? SKIPPED[why.reason] : undefined;
    if (skipped) {
      entry.outcome = { state: "skipped", why: skipped };
      return;
    }
    entry.outcome = { state: "failed", why: why.message };
    this.why = why;
    this.stopped ||= why.passing || isOfTheQuestion(why);
  }
}
