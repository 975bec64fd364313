import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CredentialsSchema, type Media, MediaSchema } from "../src/api/chorus/api/types/v1/media_pb.js";
import { told } from "../src/post/credentials.js";

function pictures(sourceTypes: string[], state = "Valid"): Media[] {
  const credentials = create(CredentialsSchema, { generator: "Example Painter 7", signer: "Example Works", state, sourceTypes });
  return [create(MediaSchema, { media: "m0" }), create(MediaSchema, { media: "m1", credentials })];
}

test("a picture without credentials is told nothing of", () => {
  expect(told([create(MediaSchema, { media: "m0" })])).toBeUndefined();
});

test("that artificial intelligence had a part is told before anything else", () => {
  expect(told(pictures(["digitalCapture", "compositeWithTrainedAlgorithmicMedia"]))).toEqual({
    made: "made in part by artificial intelligence",
    byAi: true,
    whole: true,
    from: "signed as “Example Works”, written by Example Painter 7",
  });
});

test("a broken seal and an unknown word are not taken for more than they are", () => {
  expect(told(pictures(["somethingNew"], "Invalid"))).toMatchObject({ made: "", byAi: false, whole: false });
});
