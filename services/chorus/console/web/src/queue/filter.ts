import { create } from "@bufbuild/protobuf";
import { type Filter, FilterSchema, Order, State } from "../api/chorus/api/curation/v1/curation_pb.js";

/** States by their name in the address bar, in the order in which a curator meets them. */
export const STATES: [name: string, state: State, label: string][] = [
  ["new", State.NEW, "New"],
  ["edited", State.EDITED, "Edited since approval"],
  ["escalated", State.ESCALATED, "Escalated"],
  ["approved", State.APPROVED, "Approved"],
  ["rejected", State.REJECTED, "Rejected"],
];

export const stateLabel = (state: State): string => STATES.find(([, known]) => known === state)?.[2] ?? "Unknown";

/** What the queue shows, as its address says it. */
export interface View {
  state: string;
  sources: string[];
  languages: string[];
  media: "" | "yes" | "no";
  text: string;
  collection: string;
  withdrawn: boolean;
  oldest: boolean;
}

const words = (query: URLSearchParams, name: string): string[] => (query.get(name) ?? "").split(",").filter(Boolean);

export function readView(query: URLSearchParams): View {
  const media = query.get("media");
  return {
    state: query.get("state") ?? "new",
    sources: words(query, "source"),
    languages: words(query, "lang"),
    media: media === "yes" || media === "no" ? media : "",
    text: query.get("q") ?? "",
    collection: query.get("collection") ?? "",
    withdrawn: query.get("gone") === "1",
    oldest: query.get("sort") === "oldest",
  };
}

/** The parameters that say a view; what everybody sees at first is left out. */
export function writeView(view: View): Record<string, string> {
  return {
    state: view.state === "new" ? "" : view.state,
    source: view.sources.join(","),
    lang: view.languages.join(","),
    media: view.media,
    q: view.text,
    collection: view.collection,
    gone: view.withdrawn ? "1" : "",
    sort: view.oldest ? "oldest" : "",
  };
}

/** The states of a view; empty is all of them. */
export function statesOf(view: View): State[] {
  const found = STATES.find(([name]) => name === view.state);
  return found ? [found[1]] : [];
}

export function filterOf(view: View): Filter {
  return create(FilterSchema, {
    states: statesOf(view),
    sources: view.sources,
    languages: view.languages,
    text: view.text,
    hasMedia: view.media === "" ? undefined : view.media === "yes",
    collection: view.collection,
    withdrawn: view.withdrawn,
  });
}

export const orderOf = (view: View): Order => (view.oldest ? Order.OLDEST : Order.NEWEST);

/** True where anything but the state narrows the view. */
export const isNarrow = (view: View): boolean =>
  view.sources.length + view.languages.length > 0 || view.media + view.text + view.collection !== "";
