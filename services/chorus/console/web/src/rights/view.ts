import { create } from "@bufbuild/protobuf";
import { type CardFilter, CardFilterSchema } from "../api/chorus/api/rights/v1/rights_pb.js";
import { Use } from "../api/chorus/api/types/v1/scope_pb.js";

/** Uses by their name in the address bar. */
const NAMES: [name: string, use: Use][] = [
  ["web", Use.WEB],
  ["social", Use.SOCIAL],
  ["email", Use.EMAIL],
  ["ads", Use.ADS],
  ["in-store", Use.IN_STORE],
  ["print", Use.PRINT],
];

/** What the board is narrowed to, as its address says it. */
export interface BoardView {
  use: Use;
  surface: string;
  creator: string;
  text: string;
  askedBy: string;
}

export function readBoard(query: URLSearchParams): BoardView {
  const said = (name: string): string => query.get(name) ?? "";
  return {
    use: NAMES.find(([name]) => name === said("use"))?.[1] ?? Use.UNSPECIFIED,
    surface: said("surface"),
    creator: said("creator"),
    text: said("says"),
    askedBy: said("by"),
  };
}

/** The parameters that say a view. */
export function writeBoard(view: BoardView): Record<string, string> {
  return {
    use: NAMES.find(([, use]) => use === view.use)?.[0] ?? "",
    surface: view.surface,
    creator: view.creator,
    says: view.text,
    by: view.askedBy,
  };
}

export const cardFilter = (view: BoardView): CardFilter =>
  create(CardFilterSchema, { uses: view.use ? [view.use] : [], surface: view.surface, creator: view.creator, text: view.text, askedBy: view.askedBy });

/** How many parts narrow the view. */
export const narrowed = (view: BoardView): number => Object.values(writeBoard(view)).filter(Boolean).length;
