import { create } from "@bufbuild/protobuf";
import type { Surface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Channel } from "../api/chorus/api/rights/v1/contact_pb.js";
import type { Policy } from "../api/chorus/api/rights/v1/rights_pb.js";
import { type Scope, ScopeSchema, type SurfaceShown, SurfaceShownSchema, type TermsText, Use } from "../api/chorus/api/types/v1/scope_pb.js";
import { type Ruled, takes } from "../surfaces/rule.js";

/** What a curator is about to ask of a creator. */
export interface Question {
  scope: Scope;
  surfaces: SurfaceShown[];
  terms: string;
  message: string;
  days: number;
  channel: Channel;
  /** Where to write to; empty: where it is known. */
  email: string;
  /** The words for the public, where it is asked there. */
  reply: string;
}

export const MESSAGE =
  "Hello {creator}, we love what you posted! May {brand} show it? This link says where and for how long, and lets you say yes or no: {link}";

export const TERMS: [days: number, label: string][] = [
  [90, "90 days"],
  [365, "1 year"],
  [730, "2 years"],
  [1095, "3 years"],
  [0, "Without end"],
];

/** A message as the creator reads it, with its link only hinted at, and at its end where it has no place: as rights does. */
export function filled(message: string, creator: string, brand: string): string {
  const written = message.trim() || MESSAGE;
  const whole = written.includes("{link}") ? written : `${written}\n\n{link}`;
  const values: Record<string, string> = { "{creator}": creator, "{brand}": brand, "{link}": "(link)" };
  return whole.replace(/\{(?:creator|brand|link)\}/g, (name) => values[name] ?? name);
}

/** Words for the public as everybody reads them, with a code that stands for the one that is made with the question. */
export function filledInPublic(reply: string, handle: string, brand: string, hashtag: string): string {
  const whole = reply.includes("{code}") ? reply : `${reply.trim()}\n\n{hashtag} {code}`;
  const values: Record<string, string> = { "{creator}": handle, "{brand}": brand, "{hashtag}": hashtag, "{code}": "7KQ-F2M" };
  return whole.replace(/\{(?:creator|brand|hashtag|code)\}/g, (name) => values[name] ?? name);
}

/** A surface as the creator will see it named. */
export const shown = (surface: Surface): SurfaceShown =>
  create(SurfaceShownSchema, { surface: surface.surface, title: surface.title, address: surface.address, scope: surface.scope });

/** The least scope that holds what all these surfaces need, beside what is asked already. */
export function widen(scope: Scope, surfaces: SurfaceShown[]): Scope {
  const needs = surfaces.flatMap((surface) => (surface.scope ? [surface.scope] : []));
  const world = needs.some((need) => need.territories.length === 0) || (needs.length === 0 && scope.territories.length === 0);
  return create(ScopeSchema, {
    uses: [...new Set([...scope.uses, ...needs.flatMap((need) => need.uses)])].sort((a, b) => a - b),
    paid: scope.paid || needs.some((need) => need.paid),
    derivatives: scope.derivatives || needs.some((need) => need.derivatives),
    exclusive: scope.exclusive || needs.some((need) => need.exclusive),
    territories: world ? [] : [...new Set([...scope.territories, ...needs.flatMap((need) => need.territories)])],
  });
}

/** The surfaces that would show one of these posts; where no post is known, those that people can go and see. */
function likely(surfaces: Surface[], posts: Ruled[]): Surface[] {
  if (posts.length > 0) {
    return surfaces.filter((surface) => posts.some((post) => takes(surface.rule, post)));
  }
  const seen = surfaces.filter((surface) => surface.address !== "");
  return seen.length > 0 ? seen : surfaces;
}

/** What is asked at first: the policy's question, else the surfaces that are likely for these posts, for a year. */
export function firstQuestion(policy: Policy | undefined, surfaces: Surface[], terms: TermsText[], posts: Ruled[] = []): Question {
  const chosen = policy?.surfaces.length ? surfaces.filter((one) => policy.surfaces.some((other) => other.surface === one.surface)) : likely(surfaces, posts);
  const asked = chosen.map(shown);
  const start = policy?.scope ?? create(ScopeSchema, { uses: asked.length === 0 ? [Use.WEB] : [] });
  return {
    scope: widen(start, asked),
    surfaces: asked,
    terms: policy?.terms || (terms[0]?.terms ?? ""),
    message: policy?.message || MESSAGE,
    days: policy ? policy.days : 365,
    channel: Channel.LINK,
    email: "",
    reply: "",
  };
}

/** One version of terms: as it was written, and its translations. */
export interface Version {
  written: TermsText;
  translations: TermsText[];
}

/** Every version, in the order in which rights lists them: the newest first, of each first the text that was written first. */
export function versions(terms: TermsText[]): Version[] {
  const found = new Map<string, Version>();
  for (const text of terms) {
    const key = `${text.terms}/${text.version}`;
    const known = found.get(key);
    if (known) {
      known.translations.push(text);
    } else {
      found.set(key, { written: text, translations: [] });
    }
  }
  return [...found.values()];
}

/** The newest version of each terms, as a select offers them. */
export function newest(terms: TermsText[]): Version[] {
  const best = new Map<string, Version>();
  for (const version of versions(terms)) {
    const known = best.get(version.written.terms);
    if (!known || version.written.version > known.written.version) {
      best.set(version.written.terms, version);
    }
  }
  return [...best.values()];
}

/** What a select calls a version: "standard, version 2 (en, de)". */
export const called = ({ written, translations }: Version): string =>
  `${written.terms}, version ${written.version} (${[written, ...translations].map((text) => text.language).join(", ")})`;
