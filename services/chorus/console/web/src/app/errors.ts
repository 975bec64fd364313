import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../api/google/rpc/error_details_pb.js";

/** What went wrong, in the words of the service that refused, and what a form may show beside its fields. */
export interface Refusal {
  message: string;
  /** A stable word such as POST_NOT_YET_HERE, empty where the service gave none. */
  reason: string;
  fields: Record<string, string>;
  /** True where the same call may succeed a little later. */
  passing: boolean;
}

const PASSING = [Code.Unavailable, Code.DeadlineExceeded, Code.Aborted];

/** Turns whatever a call threw into words for a person. */
export function refusal(error: unknown): Refusal {
  const failed = ConnectError.from(error);
  return {
    message: sentence(failed),
    reason: failed.findDetails(ErrorInfoSchema)[0]?.reason ?? "",
    fields: violations(failed),
    passing: PASSING.includes(failed.code),
  };
}

function violations(failed: ConnectError): Record<string, string> {
  const all = failed.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  return Object.fromEntries(all.map((violation) => [violation.field, violation.description]));
}

function sentence(failed: ConnectError): string {
  switch (failed.code) {
    case Code.Unavailable:
      return failed.rawMessage || "That part of Chorus cannot be reached just now.";
    case Code.DeadlineExceeded:
      return "It took too long to answer. Nothing is lost: try again.";
    case Code.PermissionDenied:
      return failed.rawMessage || "Your role does not allow this.";
    case Code.Unknown:
      return "The console cannot be reached. Check your connection and try again.";
    default:
      return failed.rawMessage;
  }
}
