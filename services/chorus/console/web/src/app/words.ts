import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { Use } from "../api/chorus/api/types/v1/scope_pb.js";
import type { Account } from "../api/chorus/api/types/v1/media_pb.js";
import type { Scope } from "../api/chorus/api/types/v1/scope_pb.js";

const STEPS: [limit: number, divide: number, unit: string][] = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [30 * 86_400, 86_400, "d"],
];

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });

/** "2 h ago", "in 3 d", or the day where it lies further away than a month. */
export function ago(at: Date, now = new Date()): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const distance = Math.abs(seconds);
  const step = STEPS.find(([limit]) => distance < limit);
  if (!step) {
    return DAY.format(at);
  }
  if (distance < 5) {
    return "just now";
  }
  const amount = `${Math.floor(distance / step[1])} ${step[2]}`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

export const exactly = (at: Date): string => EXACT.format(at);
export const day = (at: Date): string => DAY.format(at);
const WHEN = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
/** "Tue 24 Nov, 08:00", by the clock of who reads it. */
export const when = (at: Date): string => WHEN.format(at);
export const period = (from: Date, until: Date): string => DAY.formatRange(from, until);
export const dateOf = (at: Timestamp | undefined): Date | undefined => (at ? timestampDate(at) : undefined);

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** "1 post", "3 posts". */
export function count(amount: number | bigint, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString()} ${BigInt(amount) === 1n ? one : many}`;
}

/** How a creator is called: the name, else the handle. */
export function nameOf(account: Account | undefined): string {
  return account?.displayName || account?.handle || "somebody";
}

/** "@mira" however the platform writes it; empty where there is none. */
export function handleOf(account: Account | undefined): string {
  return account?.handle ? `@${account.handle.replace(/^@/, "")}` : "";
}

const PLATFORMS: Record<string, string> = {
  feed: "a feed",
  rss: "a feed",
  mastodon: "Mastodon",
  upload: "the upload page",
  webhook: "your own system",
};

export const platformName = (platform: string): string => PLATFORMS[platform] ?? platform;

export const USES: [Use, string][] = [
  [Use.WEB, "Web"],
  [Use.SOCIAL, "Social media"],
  [Use.EMAIL, "E-mail"],
  [Use.ADS, "Advertising"],
  [Use.IN_STORE, "In store"],
  [Use.PRINT, "Print"],
];

export const useName = (use: Use): string => USES.find(([known]) => known === use)?.[1] ?? "unknown use";

const LIST = new Intl.ListFormat("en", { type: "conjunction" });
const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "code" });
const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

export const list = (words: string[]): string => LIST.format(words);

/** The name of a language, its tag where it has none, and plain words for an unknown one. */
export function languageName(tag: string): string {
  try {
    return tag ? (LANGUAGES.of(tag) ?? tag) : "unknown language";
  } catch {
    return tag;
  }
}

function regionName(code: string): string {
  try {
    return REGIONS.of(code.toUpperCase()) ?? code;
  } catch {
    return code;
  }
}

/** A scope in one line: "Web and E-mail, unpaid, worldwide, not cropped or changed, nobody else". */
export function scopeInWords(scope: Scope | undefined): string {
  if (!scope) {
    return "nothing yet";
  }
  const uses = scope.uses.length > 0 ? list(scope.uses.map(useName)) : "no use";
  const where = scope.territories.length > 0 ? `in ${list(scope.territories.map(regionName))}` : "worldwide";
  const paid = scope.paid ? "also paid" : "unpaid";
  const changes = scope.derivatives ? "may be cropped" : "not cropped or changed";
  return [uses, paid, where, changes, ...(scope.exclusive ? ["nobody else"] : [])].join(", ");
}

/** "for 2 years", "for 90 days", "without end". */
export function termInWords(days: number): string {
  if (days === 0) {
    return "without end";
  }
  return days % 365 === 0 ? `for ${count(days / 365, "year")}` : `for ${count(days, "day")}`;
}
