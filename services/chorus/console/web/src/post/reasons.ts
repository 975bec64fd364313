const REASONS: Record<string, string> = {
  unapproved: "no longer approved",
  edited: "its pictures changed",
  revoked: "permission taken back",
  expired: "permission ended",
  scope: "permission does not cover it",
  "source-deleted": "deleted at its source",
  "surface-changed": "the surface changed",
};

/** Why a post left a surface, in words. */
export const reasonWords = (reason: string): string => REASONS[reason] ?? reason;
