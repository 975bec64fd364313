import { Channel } from "../api/chorus/api/rights/v1/contact_pb.js";
import { type Grant, GrantState, type PostRights, type ThreadEvent, ThreadKind } from "../api/chorus/api/rights/v1/rights_pb.js";
import { dateOf, day, useName } from "../app/words.js";
import { closedAs, wanted } from "./claim-words.js";

const said = new WeakMap<PostRights, string>();

/** What a post's rights permit, as short as a card is wide: "Web, E-mail · until 3 Nov 2027"; empty where nothing is. */
export function permission(rights: PostRights): string {
  const known = said.get(rights) ?? inShort(rights);
  said.set(rights, known);
  return known;
}

function inShort(rights: PostRights): string {
  const active = rights.permits ? rights.grants.filter((one) => one.state === GrantState.ACTIVE) : [];
  // What the creator gave goes before what the brand attests.
  const grant = active.find((one) => !one.attestation) ?? active[0];
  if (!grant) {
    return "";
  }
  const until = dateOf(grant.validUntil);
  const limits = [
    grant.scope?.uses.map(useName).join(", ") ?? "",
    until ? `until ${day(until)}` : "without end",
    grant.scope?.paid ? "also paid" : "",
    grant.scope?.territories.length ? `only ${grant.scope.territories.join(", ")}` : "",
    grant.scope?.derivatives ? "may be cropped" : "",
    grant.scope?.exclusive ? "nobody else" : "",
    grant.attestation ? "attested by the brand" : "",
    byStanding(grant),
  ];
  return limits.filter(Boolean).join(" · ");
}

/** "by standing consent of 3 Nov 2026"; empty where the creator was asked, or sent it in. */
export function byStanding(grant: Grant | undefined): string {
  const given = dateOf(grant?.standingGivenAt);
  return given ? `by standing consent of ${day(given)}` : "";
}

const ASKERS: Record<string, string> = {
  policy: "Asked by itself, when the post was approved",
  upload: "Asked after the upload, whose terms did not hold",
};

const WAYS: Partial<Record<Channel, string>> = {
  [Channel.EMAIL]: ", by e-mail",
  [Channel.REPLY]: ", in public",
};

/** Where something went; that is forgotten with its post. */
const to = (address: string): string => (address ? ` to ${address}` : "");

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

/** What happened, in one sentence. */
export function sentence(event: ThreadEvent, grant?: Grant): string {
  switch (event.kind) {
    case ThreadKind.ASKED:
      return `${ASKERS[event.by] ?? `Asked by ${event.by}`}${WAYS[event.channel] ?? ""}`;
    case ThreadKind.LINKED:
      return `Another link was made by ${event.by}, to send again`;
    case ThreadKind.GRANTED:
      return byStanding(grant) ? `Allowed ${byStanding(grant)}` : grant?.via === "upload" ? "Allowed with the upload" : "The creator said yes";
    case ThreadKind.NARROWED:
      return "Allows less from here on";
    case ThreadKind.DECLINED:
      return "The creator said no";
    case ThreadKind.LAPSED:
      return "Nobody answered in time";
    case ThreadKind.SUPERSEDED:
      return "A newer question took its place; its links lead nowhere";
    case ThreadKind.REVOKED:
      return grant?.attestation ? "The creator ended what the brand had attested" : "The creator took it back";
    case ThreadKind.EXPIRED:
      return "Its time was over";
    case ThreadKind.ANSWERED_IN_PUBLIC:
      return "The creator said yes in public";
    case ThreadKind.MAILED:
      return `Sent by e-mail${to(event.detail)}`;
    case ThreadKind.MAIL_FAILED:
      return "The e-mail could not be delivered";
    case ThreadKind.REMINDED:
      return event.channel === Channel.EMAIL ? `Reminded by e-mail${to(event.detail)}` : `Reminded by ${event.by}${WAYS[event.channel] ?? ""}`;
    case ThreadKind.ATTESTED:
      return `The brand says that it has permission: ${grant?.attestation?.inWords ?? `attested by ${event.by}`}`;
    case ThreadKind.ATTESTATION_ENDED:
      return `What the brand had attested was ended by ${event.by || "the brand"}`;
    case ThreadKind.CLAIMED:
      return `Somebody said that it is theirs${event.claim ? `, and ${lower(wanted(event.claim))}` : ""}`;
    case ThreadKind.LINK_MAILED:
      return `The link was mailed${to(event.detail)}${event.by ? `, as ${event.by} wished` : ", since somebody asked for it"}`;
    case ThreadKind.CLAIM_CLOSED:
      return `Closed by ${event.by}: ${lower(closedAs(event.outcome))}`;
    case ThreadKind.CLAIM_REOPENED:
      return `Opened again by ${event.by}`;
    case ThreadKind.TAKEN_DOWN:
      return `Taken down by ${event.by || "the brand"}, since somebody says that it is theirs`;
    case ThreadKind.SAID_YES:
      return "The creator said yes; others have to agree too";
    case ThreadKind.GUARDIAN_AGREED:
      return "A parent or guardian agreed";
    case ThreadKind.PERSON_AGREED:
      return "Somebody in the picture agreed";
    case ThreadKind.STANDING_GIVEN:
      return "The creator said yes to what they post later, too";
    case ThreadKind.STANDING_ENDED:
      return "Nothing new follows any more: that yes to later posts was ended";
    case ThreadKind.STANDING_OVER:
      return "The time of that yes to later posts was over";
    default:
      return "Something happened that this page does not know";
  }
}
