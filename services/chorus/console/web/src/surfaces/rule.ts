import type { QueuedPost } from "../api/chorus/api/curation/v1/curation_pb.js";
import type { Rule } from "../api/chorus/api/publishing/v1/publishing_pb.js";

/** What a surface's rule looks at. */
export type Ruled = Pick<QueuedPost, "collections" | "hashtags" | "media" | "platform" | "seenBySources" | "source">;

/** True where the rule takes the post as it stands: by its collection, or else by every condition that is set. */
export function takes(rule: Rule | undefined, post: Ruled): boolean {
  if (rule?.collection) {
    return post.collections.includes(rule.collection);
  }
  return (
    any(rule?.sources, [post.source, ...post.seenBySources]) &&
    any(rule?.platforms, [post.platform]) &&
    any(rule?.hashtags, post.hashtags) &&
    (rule?.hasMedia === undefined || rule.hasMedia === post.media.length > 0)
  );
}

/** A condition that names nothing holds for all. */
const any = (wanted: string[] = [], held: string[]): boolean => wanted.length === 0 || wanted.some((one) => held.includes(one));
