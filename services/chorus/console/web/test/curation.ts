import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { type BatchGetPostsRequest, BatchGetPostsResponseSchema, Curation, type DecideRequest, DecideResponseSchema, type QueuedPost, State, type UndoRequest, UndoResponseSchema } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { ErrorInfoSchema } from "../src/api/google/rpc/error_details_pb.js";

/** A refusal as the gateway words it. */
export function refused(code: Code, message: string, reason: string): ConnectError {
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: { reason, domain: "chorus" } }]);
}

/** A small curation in memory: it keeps states, gives every decision an id, and fails as often as it is told to. */
export class MemoryCuration {
  readonly decided: DecideRequest[] = [];
  readonly undone: UndoRequest[] = [];
  readonly failures: ConnectError[] = [];
  private readonly posts: Map<string, QueuedPost>;
  readonly client = createClient(
    Curation,
    createRouterTransport(({ service }) => {
      service(Curation, { decide: (request) => this.decide(request), undo: (request) => this.undo(request), batchGetPosts: (request) => this.read(request) });
    }),
  );

  constructor(posts: QueuedPost[]) {
    this.posts = new Map(posts.map((post) => [post.post, post]));
  }

  state(post: string): State | undefined {
    return this.posts.get(post)?.state;
  }

  private decide(request: DecideRequest) {
    this.decided.push(request);
    this.failIfTold();
    return create(DecideResponseSchema, { posts: request.posts.map(({ post }) => this.put(post, request.state, `decision-${post}`)) });
  }

  /** Somebody else decides. */
  meanwhile(post: string, state: State): void {
    this.put(post, state, `other-${post}`);
  }

  private read(request: BatchGetPostsRequest) {
    return create(BatchGetPostsResponseSchema, { posts: request.posts.map((post) => this.posts.get(post) as QueuedPost) });
  }

  private undo(request: UndoRequest) {
    this.undone.push(request);
    this.failIfTold();
    return create(UndoResponseSchema, { posts: request.decisions.map((decision) => this.put(decision.replace("decision-", ""), State.NEW, "")) });
  }

  private failIfTold(): void {
    const failure = this.failures.shift();
    if (failure) {
      throw failure;
    }
  }

  private put(id: string, state: State, decision: string): QueuedPost {
    const post = { ...(this.posts.get(id) as QueuedPost), state, decision };
    this.posts.set(id, post);
    return post;
  }
}
