import type { Decision, QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Placement } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import type { PostRights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { house } from "../app/house.js";

/** What one service says about a post; null where it cannot be asked just now. */
export type Part<T> = T | null;

export interface Knowledge {
  history: Part<Decision[]>;
  rights: Part<PostRights | undefined>;
  placements: Part<Placement[]>;
}

async function part<T>(asked: Promise<T>): Promise<Part<T>> {
  try {
    return await asked;
  } catch {
    return null;
  }
}

/** Asks the three services at once; one that is away takes nothing from the others. */
export async function knowledge(brand: string, post: string): Promise<Knowledge> {
  const { curation, rights, publishing } = house();
  const posts = [post];
  const [history, given, placements] = await Promise.all([
    part(curation.getPost({ brand, post }).then((answer) => answer.history)),
    part(rights.batchGetPostRights({ brand, posts }).then((answer) => answer.rights[0])),
    part(publishing.batchGetPostPlacements({ brand, posts }).then((answer) => answer.placements)),
  ]);
  return { history, rights: given, placements };
}

/** The rights of many posts by post id; empty where rights cannot be asked, since cards then say nothing. */
export async function rightsOf(brand: string, posts: QueuedPost[]): Promise<Map<string, PostRights>> {
  const ids = posts.map((post) => post.post);
  const pages = Array.from({ length: Math.ceil(ids.length / 100) }, (_, page) => ids.slice(page * 100, page * 100 + 100));
  const answers = await Promise.all(pages.map((page) => part(house().rights.batchGetPostRights({ brand, posts: page }))));
  return new Map(answers.flatMap((answer) => answer?.rights ?? []).map((rights) => [rights.post, rights]));
}
