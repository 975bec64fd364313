import { create } from "@bufbuild/protobuf";
import { type QueuedPost, QueuedPostSchema, State } from "../src/api/chorus/api/curation/v1/curation_pb.js";

/** A waiting post with an invented creator. */
export const post = (id: string): QueuedPost => create(QueuedPostSchema, { brand: "lumen", post: id, state: State.NEW, revision: 1, text: `about ${id}` });

export const posts = (...ids: string[]): QueuedPost[] => ids.map((id) => post(id));
