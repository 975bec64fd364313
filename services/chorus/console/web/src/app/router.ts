import type { ReactiveController, ReactiveControllerHost } from "lit";

export const PAGES = ["queue", "posts", "rights", "surfaces", "sources"] as const;
export type Page = (typeof PAGES)[number];

/** Where the member is; every part of it stands in the address bar. */
export interface Route {
  brand: string;
  page: Page;
  /** The post of a post page, empty elsewhere. */
  id: string;
  query: URLSearchParams;
}

/** Reads an address; an unknown page is the queue, an empty brand means that the shell must choose one. */
export function parse(url: URL): Route {
  const [brand = "", page = "", id = ""] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const known = PAGES.find((name) => name === page) ?? "queue";
  return { brand, page: known === "posts" && id === "" ? "queue" : known, id, query: url.searchParams };
}

/** The address of a page, with only those parameters that say something. */
export function address(brand: string, page: Page, query: Record<string, string> = {}, id = ""): string {
  const path = ["", brand, page, ...(id ? [id] : [])].map(encodeURIComponent).join("/");
  const said = Object.entries(query).filter(([, value]) => value !== "");
  return said.length > 0 ? `${path}?${new URLSearchParams(said)}` : path;
}

export const postAddress = (brand: string, post: string): string => address(brand, "posts", {}, post);

const MOVED = "chorus-moved";

/** Goes to another address of the console; `replace` where back should not come here again. */
export function go(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) {
    return;
  }
  history[replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event(MOVED));
}

/** Follows links inside the console without loading the page anew. */
export function followLinks(event: MouseEvent): void {
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
  const inside = link?.origin === location.origin && !link.target && !link.hasAttribute("download");
  if (!plain || event.defaultPrevented || !link || !inside) {
    return;
  }
  event.preventDefault();
  go(link.pathname + link.search);
}

/** Keeps an element's `route` current and renders it again when the address changes. */
export class RouteController implements ReactiveController {
  route = parse(new URL(location.href));

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly onMove: () => void = () => {},
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener(MOVED, this.moved);
    window.addEventListener("popstate", this.moved);
  }

  hostDisconnected(): void {
    window.removeEventListener(MOVED, this.moved);
    window.removeEventListener("popstate", this.moved);
  }

  private readonly moved = (): void => {
    this.route = parse(new URL(location.href));
    this.onMove();
    this.host.requestUpdate();
  };
}
