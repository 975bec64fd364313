import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Basis } from "../api/chorus/api/rights/v1/attestation_pb.js";
import { GrantState, type PostRights, RequestState } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { house } from "../app/house.js";
import { may } from "../app/session.js";

export const BASES: [basis: Basis, label: string][] = [
  [Basis.CONTRACT, "A contract"],
  [Basis.OWN_CONTENT, "Our own content"],
  [Basis.OTHER, "Something else"],
];

/** True where this member may say that there is permission already: of what is approved and still there. */
export const mayAttest = (post: QueuedPost, brand: string): boolean =>
  post.state === State.APPROVED && !post.withdrawn && may(house().session, brand, Role.RIGHTS_MANAGER);

/** True where the creator ever said no, or took back something or a part of it: nothing is attested against that. */
export const saidNo = ({ requests, grants }: PostRights): boolean =>
  requests.some(({ state }) => state === RequestState.DECLINED) || grants.some(({ state, narrowedAt }) => state === GrantState.REVOKED || narrowedAt !== undefined);

/** What rights takes for a proof, and as much of it. */
export const PROOFS = ".pdf,.jpg,.jpeg,.png,.txt,.eml";
const MOST_BYTES = 5 * 1024 * 1024;

/** What is wrong with a file before it is sent: nobody waits for five minutes to be told. */
export function proofProblem(file: File | undefined): string {
  if (!file || file.size === 0) {
    return "Add the proof: a PDF, a picture, or an e-mail as text.";
  }
  return file.size > MOST_BYTES ? "The proof has more than 5 MB." : "";
}

/** The last moment of a day, as creators' own ends are; nothing for no day. */
export const endOf = (day: string) => (day ? timestampFromDate(new Date(`${day}T23:59:59Z`)) : undefined);

const UNITS = ["bytes", "kB", "MB"];

/** "512 bytes", "340 kB", "1.2 MB". */
export function sizeInWords(size: number | bigint): string {
  let amount = Number(size);
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount.toLocaleString("en", { maximumFractionDigits: amount < 10 && unit > 0 ? 1 : 0 })} ${UNITS[unit]}`;
}
