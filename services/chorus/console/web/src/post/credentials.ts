import { type Credentials, type Media } from "../api/chorus/api/types/v1/media_pb.js";

const MADE: Record<string, string> = {
  trainedAlgorithmicMedia: "made by artificial intelligence",
  compositeWithTrainedAlgorithmicMedia: "made in part by artificial intelligence",
  compositeSynthetic: "made in part by artificial intelligence",
  algorithmicMedia: "made by a program",
  digitalCapture: "taken by a camera",
  computationalCapture: "taken by a camera",
  digitalCreation: "made by hand in a program",
  humanEdits: "edited by a person",
};

/** What a picture's content credentials say, in words for a curator. Nobody has checked who signed them. */
export interface Told {
  /** How the picture came about, where they say it. */
  made: string;
  byAi: boolean;
  /** Whether nothing was changed since they were signed. */
  whole: boolean;
  /** Who signed, and with what they were written. */
  from: string;
}

/** Puts credentials into words; of several pictures the first that brought any is told of. */
export function told(media: Media[]): Told | undefined {
  const said = media.find((each) => each.credentials)?.credentials;
  return said && words(said);
}

function words(said: Credentials): Told {
  const made = said.sourceTypes.map((each) => MADE[each]).filter((each) => each !== undefined);
  const ai = made.find((each) => each.includes("artificial intelligence"));
  const from = [said.signer && `signed as “${said.signer}”`, said.generator && `written by ${said.generator}`];
  return {
    made: ai ?? made[0] ?? "",
    byAi: ai !== undefined,
    whole: said.state === "Valid" || said.state === "Trusted",
    from: from.filter(Boolean).join(", "),
  };
}
